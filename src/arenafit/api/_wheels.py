"""The TFLM that a name stands for, as a wheel to run models in."""

from os import PathLike
from typing import TypeAlias

from arenafit.fit.settings import LoopSupport
from arenafit.ir import Model
from arenafit.runtime.tflm import OtherWheel
from arenafit.targets.boards import Board
from arenafit.targets.releases import Release, find_release
from arenafit.validity.release import A_PLAN_OVER_GRAPHS, needs

StrPath: TypeAlias = str | PathLike[str]


def usual_release(board: Board | None, model: Model) -> Release | None:
    """Return the TFLM that `board` usually has, where it matters to what is made of `model`.

    None for a board whose usual TFLM runs every loop or is not known, and where the model's operators are too new for
    it; a plan that is too new `fit` replaces.
    """
    if board is None or board.product is None:
        return None
    release = find_release(board.product)
    if LoopSupport(release.tflm).update or any(
        need.day > release.tflm and need.what != A_PLAN_OVER_GRAPHS for need in needs(model)
    ):
        return None
    return release


def other_wheel(tflm: str | None) -> OtherWheel | None:
    """Return the wheel that `tflm` names; None for the installed one."""
    if tflm is None:
        return None
    wheel = find_release(tflm).wheel
    return OtherWheel(wheel.version, wheel.pythons)
