"""RESHAPE: the same elements in another shape, from operand 1 or the options."""

from math import prod

from arenafit.ops._shapes import resolved
from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape | None]:
    wanted = operands.integers(1)
    if wanted is None and operands.input(1) is None:
        wanted = operands.option("new_shape")
    return [None if wanted is None else resolved(tuple(wanted), prod(operands.shape(0)))]


OPERATOR = Operator("RESHAPE", output_shapes=_shapes, any_view=True)
