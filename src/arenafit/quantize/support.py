"""Which operators TFLM has in which precision, as each operator's file states it.

That a model really runs is still for the real TFLM to say.
"""

from arenafit import ops
from arenafit.accuracy.precision import Precision
from arenafit.ir import OpCode
from arenafit.ops.facts import OpSupport, SupportRule

__all__ = ["OpSupport", "SupportRule", "known_support", "support_of", "why_not"]


def support_of(operator: str) -> OpSupport | None:
    """Return what TFLM offers for a builtin operator in int8 and int16; None if it has no such kernel."""
    found = ops.find(OpCode(operator))
    return None if found is None else found.precisions


def known_support(operator: str) -> OpSupport:
    """Return `support_of` an operator that was found to have some."""
    found = support_of(operator)
    if found is None:
        raise KeyError(operator)
    return found


def has_kernel(operator: str, precision: Precision) -> bool:
    """Whether TFLM has a kernel of `precision`; float is taken for granted (the float model runs)."""
    support = support_of(operator)
    if support is None:
        return False
    return {Precision.INT8: support.int8, Precision.INT16: support.int16, Precision.FLOAT: True}[precision]


def why_not(operator: str, precision: Precision) -> str | None:
    """Return why `operator` must stay in float where `precision` is asked for, or None if TFLM has a kernel for it."""
    found = ops.find(OpCode(operator))
    if has_kernel(operator, precision):
        return None
    if support_of(operator) is not None:
        return f"TFLM has no {precision.value} kernel for {operator}"
    if found is not None and found.unquantised is not None:
        return f"{operator}: {found.unquantised}"
    return f"TFLM has no {precision.value} kernel for {operator}, as far as arenafit knows"
