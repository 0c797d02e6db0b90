"""AVERAGE_POOL_2D: average of each window of an image (N, H, W, C)."""

from arenafit.ir import DType, Tensor
from arenafit.ops import magnitudes
from arenafit.ops._axes import pool_axes
from arenafit.ops._bitcasts import NO_ACTIVATION, pools_single_integer
from arenafit.ops._channel_cuts import cut_unary
from arenafit.ops._row_rules import pool
from arenafit.ops._windows import pooled
from arenafit.ops.exact_mean import pool_quantiser
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator
from arenafit.ops.rows import Reduction, Window


def _rows(operands: Operands, axis: int) -> Window | None:
    # The kernel divides by the taps inside the image, which padding written out would change.
    found = pool(operands, axis)
    if found is None or found.pads or found.cross_before or found.cross_after:
        return None
    return found


def _reduction(operands: Operands, source: Tensor, axis: int) -> Reduction | None:
    graph, op = operands.graph, operands.op
    options = op.options
    if options is None or graph.tensor(op.outputs[0]).shape[:3] != (1, 1, 1):
        return None
    extents = (1, int(options["filter_height"]), int(options["filter_width"]))
    rows, columns = extents[axis], extents[3 - axis]
    if not 2 <= rows <= source.shape[axis] or columns != source.shape[3 - axis]:
        return None
    activation = int(options.get("fused_activation_function", NO_ACTIVATION) or NO_ACTIVATION)
    if source.dtype is DType.FLOAT32:
        return Reduction(rows, columns, activation)
    quantiser = pool_quantiser(rows * columns)
    if source.dtype is not DType.INT8 or quantiser is None or activation != NO_ACTIVATION:
        return None
    return Reduction(rows, columns, quantiser=quantiser)


OPERATOR = Operator(
    "AVERAGE_POOL_2D",
    short="pool",
    magnitude=magnitudes.averaged,
    summary="mean",
    family=Family.POOLING,
    output_shapes=pooled,
    options_kind="Pool2DOptions",
    fuses_activation=True,
    rows=_rows,
    reduction=_reduction,
    cut_follower=cut_unary,
    axes=pool_axes,
    is_bitcast=pools_single_integer,
    resolver="AddAveragePool2D",
    precisions=COPY,
)
