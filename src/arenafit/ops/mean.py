"""MEAN: mean along the axes of operand 1."""

from arenafit.ir import DType, Tensor
from arenafit.ops import magnitudes
from arenafit.ops._axes import reduction_axes
from arenafit.ops._channel_cuts import cut_mean
from arenafit.ops._row_rules import kept_rows
from arenafit.ops._rows_forms import reduction_rows
from arenafit.ops._shapes import reduced
from arenafit.ops.exact_mean import mean_quantiser
from arenafit.ops.facts import BOTH, Family
from arenafit.ops.protocol import Operands, Operator
from arenafit.ops.rows import Reduction


def _reduction(operands: Operands, source: Tensor, axis: int) -> Reduction | None:
    graph, op = operands.graph, operands.op
    axes, output = graph.inputs_of(op)[1], graph.tensor(op.outputs[0])
    if axes is None or not axes.is_constant:
        return None
    named = {int(item) % 4 for item in axes.array().reshape(-1)}
    if not named <= {1, 2} or any(source.shape[item] > 1 for item in {1, 2} - named):
        return None
    rows, columns = source.shape[axis], source.shape[3 - axis]
    if source.dtype is DType.FLOAT32:
        return Reduction(rows, columns, divides_bounded=True)
    if source.dtype is not DType.INT8 or not _per_tensor(source) or not _per_tensor(output):
        return None
    found = mean_quantiser(rows * columns, *_scale(source), *_scale(output))
    return None if found is None else Reduction(rows, columns, quantiser=found)


def _per_tensor(tensor: Tensor) -> bool:
    return tensor.quant is not None and len(tensor.quant.scales) == 1 and len(tensor.quant.zero_points) == 1


def _scale(tensor: Tensor) -> tuple[float, int]:
    quant = tensor.quant
    return (0.0, 0) if quant is None else (quant.scales[0], quant.zero_points[0])


OPERATOR = Operator(
    "MEAN",
    magnitude=magnitudes.averaged,
    summary="mean",
    family=Family.REDUCTION,
    output_shapes=reduced,
    any_view=True,
    rows=kept_rows,
    rows_form=reduction_rows,
    axes=reduction_axes,
    reduction=_reduction,
    cut_follower=cut_mean,
    resolver="AddMean",
    precisions=BOTH,
)
