"""STRIDED_SLICE: every so manieth element of operand 0 between begin and end."""

from arenafit.ops._shapes import listed
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    shape = operands.shape(0)
    begin, end, strides = (operands.integers(index) for index in (1, 2, 3))
    if begin is None or end is None or strides is None:
        return [None]
    # Masks that insert axes are resolved by converters before TFLite; TFLM knows none either.
    if operands.option("ellipsis_mask", 0) or operands.option("new_axis_mask", 0):
        return [None]
    if not len(begin) == len(end) == len(strides) <= len(shape):
        raise ShapeError(f"begin, end and strides do not fit an input {listed(shape)}")
    result: list[int] = []
    for axis, size in enumerate(shape):
        if axis >= len(begin):
            result.append(size)
        elif not operands.option("shrink_axis_mask", 0) >> axis & 1:
            result.append(len(_taken(operands, axis, size, (begin[axis], end[axis], strides[axis]))))
    return [tuple(result)]


def _taken(operands: Operands, axis: int, size: int, bounds: tuple[int, int, int]) -> range:
    begin, end, stride = bounds
    if stride == 0:
        raise ShapeError(f"the stride of axis {axis} is 0")
    start = None if operands.option("begin_mask", 0) >> axis & 1 else begin
    if operands.option("offset", False) and start is not None:
        end += start
    stop = None if operands.option("end_mask", 0) >> axis & 1 else end
    return range(*slice(start, stop, stride).indices(size))


OPERATOR = Operator("STRIDED_SLICE", output_shapes=_shapes, any_view=True)
