"""TRANSPOSE_CONV: the transpose of a convolution; operand 0 is the output's shape (N, H, W, C)."""

from arenafit.ops._shapes import listed, needed_rank
from arenafit.ops._windows import steps
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    wanted, filters, image = operands.integers(0), operands.shape(1), operands.shape(2)
    needed_rank(filters, 4, "the filter")
    needed_rank(image, 4, "the input")
    if filters[3] != image[3]:
        raise ShapeError(f"filters {listed(filters)} do not fit an input {listed(image)}")
    if wanted is None or len(wanted) != 4:
        return [None]
    for size, axis, letter in ((image[1], 1, "h"), (image[2], 2, "w")):
        stride = operands.option(f"stride_{letter}", 1)
        if steps(wanted[axis], filters[axis], stride, 1, operands.option("padding", 0)) != size:
            raise ShapeError(f"an output {listed(wanted)} does not come of an input {listed(image)}")
    return [wanted]


OPERATOR = Operator("TRANSPOSE_CONV", output_shapes=_shapes)
