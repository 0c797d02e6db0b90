"""What a verb goes on with when nobody names a target: the one that a fitted model was fitted for."""

from arenafit.errors import TargetError
from arenafit.targets.boards import Board, board_file
from arenafit.targets.choice import choose
from arenafit.targets.target import Target
from arenafit.validity.provenance import Provenance


def choose_as_fitted(
    made: Provenance | None, target: str | None, board: str | None, kernels: str | None
) -> tuple[Target, Board | None]:
    """Return the target and the board that the names describe, else those that the model's metadata name.

    Only a board of the catalogue is taken from metadata: no file is opened because a model names it. For a board of
    a file of the user's own the default target is returned.

    Raises:
        TargetError: if a name is unknown, or both a target and a board are named.
    """
    if made is None or target is not None or board is not None:
        return choose(target, board, kernels)
    named = made.target if made.board is None else None
    if board_file(made.board) is not None:
        return choose(None, None, kernels)
    try:
        return choose(named, made.board, kernels or made.kernels)
    except TargetError:
        return choose(None, None, kernels)
