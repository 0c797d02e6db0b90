"""After a cut: the weights of every reader fitted again, in closed form, to what the original made.

In schedule order, so that a reader sees what the operators in front of it now give; by ridge regression on the
original's values before the activation, shrunk towards the weights that are left. What the activation cuts off need not
be met: where the original lies beyond a bound, any value beyond it is as good.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from arenafit.ir import Constant, DType, Editor, Model, Op, OpId, Quant, Tensor, TensorId
from arenafit.learn.lift import Lifted, fused, fused_bounds, lift, real
from arenafit.learn.protocol import Array, Call
from arenafit.prune.readers import Reader, has_bias, is_reader, rows_of
from arenafit.structure.channels import Channels, without

# The pull towards the weights that are left, as shares of the mean power of what is read. The first one is usual.
PULLS = (1e-3, 1e-4)
# Each pass solves for the targets nearest to what the last one made; the error behind the activation only falls.
_PASSES = 4
_LARGEST = {DType.INT8: 127, DType.INT16: 32767}


def refitted(
    found: Channels,
    removed: frozenset[int],
    known: Mapping[OpId, Reader],
    inputs: tuple[Array, ...],
    pull: float = PULLS[0],
) -> Model:
    """Return the model without the `removed` labels, its readers fitted again.

    Args:
        found: the channels of the original.
        removed: the labels to take out.
        known: the readers of the original, as seen on `inputs`.
        inputs: the samples, real-valued (N, *shape).
        pull: towards the weights that are left (see `ridge`).

    Raises:
        UnsupportedModelError: if the model cannot be lifted, or would lose all of a tensor.
    """
    pruned = without(found, removed)
    if pruned is found.model:
        return pruned
    lifted = lift(pruned)
    return with_parameters(pruned, fit_readers(found, removed, known, inputs, lifted, pull=pull))


def fit_readers(
    found: Channels,
    removed: frozenset[int],
    known: Mapping[OpId, Reader],
    inputs: tuple[Array, ...],
    lifted: Lifted,
    *,
    pull: float,
) -> dict[TensorId, Array]:
    """Return the parameters that were fitted again, by tensor of the pruned model."""
    pruned = lifted.model
    gone = found.gone(removed)
    parameters: dict[TensorId, Array] = {}
    touched: set[TensorId] = set()

    def fit(call: Call) -> None:
        op = call.op
        changed = any(
            operand in touched or pruned.tensors[operand].shape != _old_shape(found, operand) for operand in op.operands
        )
        reader = known.get(op.id)
        if changed:
            touched.update(op.outputs)
        if not changed or reader is None or not is_reader(pruned, op):
            return
        kept = _kept_units(found, op, gone, reader)
        bias = has_bias(op, pruned)
        operands = rows_of(call, reader.places, bias=bias).astype(np.float64)
        weights = call.array(1)
        before = weights.reshape(len(weights), -1)
        before = np.concatenate([before, call.array(2)[:, None]], axis=1) if bias else before
        targets = reader.targets[:, kept].astype(np.float64)
        made = ridge(operands, targets, before.T.astype(np.float64), fused_bounds(fused(op)), pull)
        matrix = made.T.astype(np.float32)
        parameters[op.operands[1]] = matrix[:, : before.shape[1] - bias].reshape(weights.shape)
        if bias:
            parameters[op.operands[2]] = matrix[:, -1]

    for _ in lifted.steps(inputs, parameters, keep=pruned.main.outputs, before=fit):
        pass
    return parameters


def ridge(
    operands: Array,
    targets: Array,
    before: Array,
    bounds: tuple[float, float] = (-np.inf, np.inf),
    pull: float = PULLS[0],
) -> Array:
    """Return W that makes `operands` @ W nearest to `targets`, drawn a little towards `before` (elements, units).

    `pull` says how much, as a share of the mean power of the operands. `bounds` are those of the activation behind: a
    target beyond one is met by any value beyond it.
    """
    rows, elements = operands.shape
    pull = pull * float(np.square(operands).mean()) + 1e-12
    # Both are the same solution; which is quicker depends on whether there are more elements or more rows.
    if rows < elements:
        products = operands @ operands.T / rows
        products[np.diag_indices_from(products)] += pull
        solution = np.linalg.solve(products, operands).T / rows
    else:
        hessian = operands.T @ operands / rows
        hessian[np.diag_indices_from(hessian)] += pull
        solution = np.linalg.solve(hessian, operands.T) / rows
    kept = operands @ before

    def solved(wanted: Array) -> Array:
        return np.asarray(before + solution @ (wanted - kept))

    found, (low, high) = solved(targets), bounds
    is_low, is_high = targets <= low, targets >= high
    if not (is_low.any() or is_high.any()):
        return found
    for _ in range(_PASSES):
        made = operands @ found
        wanted = np.where(is_low, np.minimum(made, low), np.where(is_high, np.maximum(made, high), targets))
        found = solved(wanted)
    return found


def _old_shape(found: Channels, tensor: TensorId) -> tuple[int, ...] | None:
    known = found.model.tensors.get(tensor)
    return None if known is None else known.shape


def _kept_units(found: Channels, op: Op, gone: Array, reader: Reader) -> Array:
    units = reader.targets.shape[1]
    mask = found.mask(op.outputs[0], gone)
    return np.arange(units) if mask is None else np.flatnonzero(mask[1])


def with_parameters(model: Model, parameters: Mapping[TensorId, Array]) -> Model:
    """Return the model with these parameters, stored as they were: integers get scales that hold the new values."""
    if not parameters:
        return model
    editor = Editor(model)
    graph = model.main
    written: dict[TensorId, Tensor] = {}
    for op in graph.ops:
        if len(op.inputs) < 2 or op.inputs[1] not in parameters or op.inputs[1] in written:
            continue
        source, weights = graph.by_id[op.operands[0]], graph.by_id[op.operands[1]]
        stored = _stored(weights, parameters[weights.id])
        written[weights.id] = stored
        bias = op.inputs[2] if len(op.inputs) > 2 else None
        if bias is not None and graph.by_id[bias].is_constant:
            tensor = graph.by_id[bias]
            values = parameters.get(bias, real(tensor))
            written[bias] = _stored_bias(tensor, values, source, stored)
    for tensor in written.values():
        editor.update_tensor(tensor)
    return editor.build()


def _stored(tensor: Tensor, values: Array) -> Tensor:
    quant, largest = tensor.quant, _LARGEST.get(tensor.dtype)
    if largest is None or quant is None or not quant.scales:
        return replace(tensor, data=Constant.of(values.astype(tensor.dtype.numpy)))
    axis = _channel_axis(tensor, quant)
    others = tuple(place for place in range(values.ndim) if place != axis)
    peaks = np.abs(values).max(axis=others, keepdims=True) if axis is not None else np.abs(values).max()
    scales = np.maximum(np.asarray(peaks, np.float64) / largest, 1e-12).astype(np.float32)
    made = np.clip(np.rint(values / scales), -largest, largest).astype(tensor.dtype.numpy)
    flat = tuple(float(scale) for scale in scales.reshape(-1))
    points = (0,) * len(flat)
    return replace(
        tensor, data=Constant.of(made), quant=replace(quant, scales=flat, zero_points=points, minimum=(), maximum=())
    )


def _channel_axis(tensor: Tensor, quant: Quant) -> int | None:
    if len(quant.scales) <= 1:
        return None
    return quant.dimension if quant.dimension < len(tensor.shape) else 0


def _stored_bias(tensor: Tensor, values: Array, source: Tensor, weights: Tensor) -> Tensor:
    if tensor.dtype is DType.FLOAT32 or source.quant is None or weights.quant is None:
        return replace(tensor, data=Constant.of(values.astype(np.float32)))
    # The kernels take the bias in units of the operand's scale times the weights'.
    scales = np.asarray(weights.quant.scales, np.float64) * source.quant.scales[0]
    limits = np.iinfo(tensor.dtype.label.lower())
    made = np.clip(np.rint(values / scales), limits.min, limits.max).astype(tensor.dtype.numpy)
    flat = tuple(float(scale) for scale in scales.astype(np.float32))
    quant = replace(tensor.quant or Quant(), scales=flat, zero_points=(0,) * len(flat), minimum=(), maximum=())
    return replace(tensor, data=Constant.of(made), quant=quant)
