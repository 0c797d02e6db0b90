"""What operands may hold: helpers for the kernels that do not take every number."""

from math import inf

from arenafit.ir import Graph, Op
from arenafit.kernels.protocol import Accepts, ValueRange
from arenafit.kernels.sharing import input_at

# The least that stands for "above zero": what random data begin with.
_LEAST = 2.0**-20


def above_zero(position: int = 0) -> Accepts:
    """Return that the operand at `position` is to be above zero; kernels of integers refuse the rest."""

    def accepts(graph: Graph, op: Op, asked: int) -> ValueRange | None:
        operand = input_at(graph, op, position)
        if asked != position or operand is None:
            return None
        return ValueRange(
            _LEAST, inf, strict=operand.quant is not None or operand.dtype.label.lower().startswith("int")
        )

    return accepts


def index_into(position: int, source: int, axis_option: str | None = None) -> Accepts:
    """Return that the operand at `position` holds indices into the operand `source`, along an axis or the first."""

    def accepts(graph: Graph, op: Op, asked: int) -> ValueRange | None:
        indexed = input_at(graph, op, source)
        if asked != position or indexed is None or not indexed.shape:
            return None
        axis = 0 if axis_option is None or op.options is None else int(op.options.get(axis_option, 0) or 0)
        return ValueRange(0, max(0, indexed.shape[axis % len(indexed.shape)] - 1), strict=True)

    return accepts
