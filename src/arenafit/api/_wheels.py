"""The TFLM that a name stands for, as a wheel to run models in."""

from os import PathLike
from typing import TypeAlias

from arenafit.runtime.tflm import OtherWheel
from arenafit.targets.releases import find_release

StrPath: TypeAlias = str | PathLike[str]


def other_wheel(tflm: str | None) -> OtherWheel | None:
    """Return the wheel that `tflm` names; None for the installed one."""
    if tflm is None:
        return None
    wheel = find_release(tflm).wheel
    return OtherWheel(wheel.version, wheel.pythons)
