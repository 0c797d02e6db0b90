"""FULLY_CONNECTED: rows of the input times weights (O, I)."""

from math import prod

from arenafit.ir import DType, Options, Tensor
from arenafit.ops import magnitudes
from arenafit.ops._rows_forms import moving
from arenafit.ops._shapes import listed, needed_rank
from arenafit.ops.facts import BOTH, Family, RowsForm
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError
from arenafit.ops.rows import Pointwise


def _shapes(operands: Operands) -> list[Shape]:
    shape, weights = operands.shape(0), operands.shape(1)
    needed_rank(weights, 2, "the weights")
    outputs, inputs = weights
    if operands.option("keep_num_dims", False):
        if not shape or shape[-1] != inputs:
            raise ShapeError(f"weights {listed(weights)} do not fit an input {listed(shape)}")
        return [(*shape[:-1], outputs)]
    if inputs < 1 or prod(shape) % inputs:
        raise ShapeError(f"weights {listed(weights)} do not fit an input {listed(shape)}")
    return [(prod(shape) // inputs, outputs)]


def _rows(operands: Operands, _axis: int) -> Pointwise | None:
    graph, op = operands.graph, operands.op
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    constants = [tensor for tensor in graph.inputs_of(op)[1:] if tensor is not None]
    if source is None or source.is_constant or not constants or not all(item.is_constant for item in constants):
        return None
    weights = constants[0].shape
    # Else LiteRT gives the output two dimensions.
    keeps = op.options is not None and bool(op.options.get("keep_num_dims"))
    if not keeps or len(source.shape) != len(output.shape) or source.shape[:3] != output.shape[:3]:
        return None
    return Pointwise((0,)) if weights == (output.shape[-1], source.shape[-1]) else None


# tensorflow/lite/tools/versioning/op_version.cc: the version that first keeps the dimensions of the input.
_KEEPS_DIMS_VERSION = 5
_FLAT_RANK = 2
_CONVOLVED_DEPTHS = 4


def _rows_form(operands: Operands, rows: int) -> RowsForm | None:
    op = operands.op
    weights = operands.constant(1)
    if weights is None or len(weights.shape) != 2 or op.options is None or len(list(moving(operands))) != 1:
        return None
    outputs, depth = weights.shape
    if len(operands.needed_output().shape) <= _FLAT_RANK and _runs_otherwise_in_more_dimensions(weights):
        return None
    if operands.needed_input(0).elements != rows * depth or operands.needed_output().elements != rows * outputs:
        return None
    values = {**dict(op.options.values), "keep_num_dims": True}
    return RowsForm(Options(op.options.kind, tuple(values.items())), {}, _KEEPS_DIMS_VERSION)


def _runs_otherwise_in_more_dimensions(weights: Tensor) -> bool:
    # cmsis_nn/fully_connected.cc (commit 90b983c2) runs outputs of three dimensions and more as a 1x1 convolution; with
    # one scale it takes a scratch buffer, whose index it asserts in debug builds to be 4 or more, which it need not be.
    one_scale = weights.quant is not None and len(weights.quant.scales) == 1
    return weights.dtype is DType.INT8 and one_scale and weights.shape[-1] % _CONVOLVED_DEPTHS == 0


OPERATOR = Operator(
    "FULLY_CONNECTED",
    short="dense",
    magnitude=magnitudes.weighted,
    family=Family.DENSE,
    output_shapes=_shapes,
    any_view=True,
    fuses_activation=True,
    rows=_rows,
    rows_form=_rows_form,
    resolver="AddFullyConnected",
    precisions=BOTH,
)
