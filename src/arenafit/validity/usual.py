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


def as_on_board(target: Target, board: Board | None, model: Model) -> Target:
    """Return `target` with the TFLM of `release_on_board`; as it is where there is none."""
    release = release_on_board(board, model)
    return target if release is None else release.dated(target)
