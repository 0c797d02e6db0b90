"""Since when TFLM's kernels can do what they can do: facts of kernel files, by the day of tflite-micro's history.

What stands nowhere was there before 2023-10 (operators: before 2023-02), as far as it is known.
"""

from collections.abc import Callable
from dataclasses import dataclass

from arenafit.ir import DType
from arenafit.ops import Operands

# What of an operator came late where all of it did.
THE_OPERATOR = "the operator"


def _always(_: Operands) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Since:
    """Something a kernel can do from `day` on.

    `holds` says whether an operator needs it. `wheel_day`: from when the wheels of PyPI have it, where their resolver
    got it later. `silent_before`: until that day TFLM did not refuse what it could not do, but computed something else.
    """

    day: str
    what: str
    commit: str  # of tflite-micro
    holds: Callable[[Operands], bool] = _always
    wheel_day: str | None = None
    silent_before: str = ""

    def day_for(self, *, wheel: bool) -> str:
        """Return the day that counts in the wheels of PyPI, or elsewhere."""
        return self.wheel_day or self.day if wheel else self.day


def exists_since(day: str, commit: str, *, wheel_day: str | None = None) -> Since:
    """TFLM has the operator since that day."""
    return Since(day, THE_OPERATOR, commit, wheel_day=wheel_day)


def type_since(dtype: DType, day: str, commit: str) -> Since:
    """The operator takes operands of this type since that day."""

    def holds(operands: Operands) -> bool:
        tensors = [operands.input(index) for index in range(len(operands.op.inputs))]
        tensors += [operands.output(index) for index in range(operands.outputs)]
        return any(tensor is not None and tensor.dtype is dtype for tensor in tensors)

    return Since(day, dtype.label, commit, holds)
