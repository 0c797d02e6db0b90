"""DYNAMIC_UPDATE_SLICE: operand 0 with operand 1 written over a part of it."""

from arenafit.ops._shapes import listed
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    whole, part = operands.shape(0), operands.shape(1)
    if len(whole) != len(part) or any(size > limit for size, limit in zip(part, whole, strict=True)):
        raise ShapeError(f"a part {listed(part)} does not lie in {listed(whole)}")
    return [whole]


OPERATOR = Operator(
    "DYNAMIC_UPDATE_SLICE",
    output_shapes=_shapes,
    any_view=True,
    moves=(0, 1),
    resolver="AddDynamicUpdateSlice",
    precisions=COPY,
)
