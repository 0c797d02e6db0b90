"""RESIZE_BILINEAR: an image (N, H, W, C) of another height and width."""

from arenafit.ir import DType
from arenafit.ops._channel_cuts import cut_with_shared_constants
from arenafit.ops._resampling import GATHERED, corners_and_centers, factor_of
from arenafit.ops._shapes import resized
from arenafit.ops.facts import COPY_INT8, Family
from arenafit.ops.protocol import Operands, Operator
from arenafit.ops.rows import Window

# Resizing computes with 10 bits of fraction: ratios that divide it are the same in every stripe.
_FRACTION = 1 << 10


def _rows(operands: Operands, axis: int) -> Window | None:
    """RESIZE_BILINEAR by a power of two: each output row lies between two input rows.

    At the image's edges the kernel reads one row twice. A stripe reads a copy of it instead, with the same weights
    except where centres are half pixels: there the kernel extrapolates by one row, which only integers bring out even.
    Stripes of floats are moved inside the image.
    """
    graph, op = operands.graph, operands.op
    source, size = graph.inputs_of(op)[:2]
    output = graph.tensor(op.outputs[0])
    factor = factor_of(source, output, axis)
    aligned, centered = corners_and_centers(op)
    if factor is None or size is None or not size.is_constant or _FRACTION % factor:
        return None
    if output.dtype not in GATHERED:
        return None
    if factor == 1:
        return Window(1, 1, 0, 0, exact=True)
    if aligned:
        return None
    if centered:
        shifts = output.dtype is not DType.INT8
        return Window(3, 1, 1, 1, pad_value="nearest_row", factor=factor, skipped=factor, spare=factor, shifts=shifts)
    return Window(2, 1, 0, 1, pad_value="nearest_row", factor=factor, spare=factor)


OPERATOR = Operator(
    "RESIZE_BILINEAR",
    family=Family.RESIZING,
    output_shapes=resized,
    rows=_rows,
    size_operand=(1, slice(1, 3)),
    cut_follower=cut_with_shared_constants,
    resolver="AddResizeBilinear",
    precisions=COPY_INT8,
)
