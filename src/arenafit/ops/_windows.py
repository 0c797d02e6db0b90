"""Output sizes of operators that move a window over an image."""

from arenafit.ops._shapes import needed_rank
from arenafit.ops.protocol import Operands, Shape, ShapeError

SAME, VALID = 0, 1


def steps(size: int, window: int, stride: int, dilation: int, padding: int) -> int:
    """Return how many windows fit along one axis.

    Raises:
        ShapeError: if the stride, the window or the dilation is no size, or not one window fits.
    """
    if min(stride, window, dilation) < 1:
        raise ShapeError(f"window {window}, stride {stride}, dilation {dilation}: each must be at least 1")
    if padding == SAME:
        return -(-size // stride)
    reach = (window - 1) * dilation + 1
    if size < reach:
        raise ShapeError(f"a window of {reach} does not fit into {size}")
    return (size - reach) // stride + 1


def moved(operands: Operands, shape: Shape, window: Shape) -> tuple[int, int]:
    """Return (rows, columns) of the output of an operator with stride, dilation and padding options."""
    needed_rank(shape, 4, "the input")
    padding = operands.option("padding", SAME)
    height, width = (
        steps(
            size,
            reach,
            operands.option(f"stride_{letter}", 1),
            operands.option(f"dilation_{letter}_factor", 1),
            padding,
        )
        for size, reach, letter in zip(shape[1:3], window, "hw", strict=True)
    )
    return height, width


def pooled(operands: Operands) -> list[Shape]:
    """Return the shape (N, H, W, C) of a pooling of operand 0."""
    shape = operands.shape(0)
    window = (operands.option("filter_height", 0), operands.option("filter_width", 0))
    height, width = moved(operands, shape, window)
    return [(shape[0], height, width, shape[3])]
