"""TRANSPOSE_CONV: the transpose of a convolution; operand 0 is the output's shape (N, H, W, C)."""

from arenafit.ops._shapes import listed, needed_rank
from arenafit.ops._windows import steps
from arenafit.ops.facts import BOTH, ChannelCut
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError
from arenafit.ops.rows import SAME_PADDING, Window, same_padding


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


def _rows(operands: Operands, axis: int) -> Window | None:
    """TRANSPOSE_CONV: output row o gets what input row i scatters to it, o = i*stride - padding + tap.

    A stripe is given the output size that its rows would have as a whole image, so that the kernel pads it like one.
    """
    graph, op = operands.graph, operands.op
    if len(op.inputs) < 3 or op.options is None:
        return None
    shape, weights, source, *bias = graph.inputs_of(op)
    output = graph.tensor(op.outputs[0])
    if any(item is None or not item.is_constant for item in (shape, weights)) or source is None or weights is None:
        return None
    if any(item is not None and not item.is_constant for item in bias) or source.is_constant:
        return None
    if len(source.shape) != 4 or source.shape[0] != 1:
        return None
    stride, taps = int(op.options["stride_h" if axis == 1 else "stride_w"]), weights.shape[axis]
    height, rows = output.shape[axis], source.shape[axis]
    same = int(op.options["padding"]) == SAME_PADDING
    if height != (rows * stride if same else (rows - 1) * stride + max(taps, stride)):
        return None
    padding = same_padding(height, taps, stride)[0] if same else 0
    before = (taps - 1 - padding) // stride
    extent = (stride - 1 + padding) // stride + before + 1
    last = -(-height // stride) - 1 - before + extent - 1
    whole = (extent - 1) * stride if same else (extent - 2) * stride + max(taps, stride)
    skipped = before * stride
    return Window(
        extent, 1, before, max(0, last - rows + 1), factor=stride, operand=2, skipped=skipped, spare=whole - skipped
    )


def _head(operands: Operands) -> ChannelCut | None:
    op = operands.op
    size, weights = operands.integers(0), operands.constant(1)
    if weights is None or len(weights.shape) != 4 or size is None or len(size) != 4 or len(op.inputs) < 3:
        return None
    if not weights.shape[0] == size[3] == operands.needed_output().shape[-1] or operands.constant(2) is not None:
        return None
    biases = (None if operand is None else 0 for operand in op.inputs[3:])
    return ChannelCut((None, 0, None, *biases), source=2, size_operand=0)


OPERATOR = Operator(
    "TRANSPOSE_CONV",
    short="deconv",
    output_shapes=_shapes,
    least_operands=3,
    options_kind="TransposeConvOptions",
    rows=_rows,
    cut_head=_head,
    size_operand=(0, slice(0, 4)),
    resolver="AddTransposeConv",
    precisions=BOTH,
)
