"""SLICE: a block of operand 0, from operand 1 on, of the size in operand 2."""

from arenafit.ops._shapes import listed
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    shape, begin, size = operands.shape(0), operands.integers(1), operands.integers(2)
    if size is None or (begin is None and -1 in size):
        return [None]
    begins = (0,) * len(size) if begin is None else begin
    if not len(size) == len(begins) == len(shape):
        raise ShapeError(f"begin {listed(begins)} and size {listed(size)} do not fit an input {listed(shape)}")
    taken = tuple(whole - start if part == -1 else part for whole, start, part in zip(shape, begins, size, strict=True))
    if any(
        start < 0 or part < 0 or start + part > whole for start, part, whole in zip(begins, taken, shape, strict=True)
    ):
        raise ShapeError(f"a block {listed(taken)} from {listed(begins)} on lies outside {listed(shape)}")
    return [taken]


OPERATOR = Operator("SLICE", output_shapes=_shapes, any_view=True)
