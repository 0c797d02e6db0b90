"""The TFLM that a board usually has, as far as it matters to a model."""

from arenafit.ir import Model
from arenafit.targets.boards import Board
from arenafit.targets.releases import Release, find_release
from arenafit.targets.target import Target
from arenafit.validity.release import A_PLAN_OVER_GRAPHS, needs

# What loops over rows store with, and the month from which TFLM has it.
STORE_OPERATOR = "DYNAMIC_UPDATE_SLICE"
TFLM_WITH_LOOPS = "2025-11"


def usual_release(board: Board | None, model: Model) -> Release | None:
    """Return the TFLM that `board` usually has, where it matters to what is made of `model`.

    None for a board whose usual TFLM runs every loop or is not known, and where the model's operators are too new for
    it; a plan that is too new `fit` replaces.
    """
    if board is None or board.product is None:
        return None
    release = find_release(board.product)
    if release.tflm[:7] >= TFLM_WITH_LOOPS or any(
        need.day > release.tflm and need.what != A_PLAN_OVER_GRAPHS for need in needs(model)
    ):
        return None
    return release


def release_on_board(board: Board | None, model: Model) -> Release | None:
    """Return the TFLM that `board` usually has, as `usual_release`; None, too, where `model` as it is does not run."""
    release = usual_release(board, model)
    return None if release is None or any(need.day > release.tflm for need in needs(model)) else release


def release_for(tflm: str | None, board: Board | None, *models: Model) -> Release | None:
    """Return the TFLM to predict `models` for, in every verb: the one named, else that of `release_on_board`.

    None stands for the target's own. What is compared is of one TFLM: the board's usual one has to run all of `models`.

    Raises:
        TargetError: if `tflm` names none.
    """
    if tflm is not None:
        return find_release(tflm)
    found = [release_on_board(board, model) for model in models]
    return None if None in found or not found else found[0]


def dated(target: Target, release: Release | None) -> Target:
    """Return `target` with the TFLM of `release`; as it is for None."""
    return target if release is None else release.dated(target)
