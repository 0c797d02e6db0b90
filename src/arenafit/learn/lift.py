"""A model lifted to real numbers: its operators in schedule order, its constants as float arrays, any batch.

Integer models compute on what their integers stand for; activations are not rounded.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model, Op, Quant, Tensor, TensorId
from arenafit.learn.operators import operators
from arenafit.learn.protocol import Array, Call

_NUMBERS = (DType.FLOAT32, DType.FLOAT16, DType.INT8, DType.INT16, DType.UINT8)
# ActivationFunctionType of the schema: what is fused behind an operator.
_NONE, _RELU, _RELU_N1_TO_1, _RELU6, _TANH = 0, 1, 2, 3, 4
_BOUNDS = {_RELU: (0.0, np.inf), _RELU_N1_TO_1: (-1.0, 1.0), _RELU6: (0.0, 6.0)}


@dataclass(frozen=True)
class Lifted:
    """The main graph of a model as a function; `constants` are its parameters and what else the file holds."""

    model: Model
    ops: tuple[Op, ...]
    constants: Mapping[TensorId, Array]
    last_use: Mapping[TensorId, int] = field(repr=False)

    def call(self, op: Op, values: Mapping[TensorId, Array], parameters: Mapping[TensorId, Array]) -> Call:
        """Return the call of `op` with what it reads."""
        arrays = tuple(
            None if item is None else parameters.get(item, values.get(item, self.constants.get(item)))
            for item in op.inputs
        )
        return Call(op, arrays, tuple(self.model.tensors[output].shape for output in op.outputs))

    def steps(
        self,
        inputs: Collection[Array],
        parameters: Mapping[TensorId, Array] | None = None,
        *,
        keep: Collection[TensorId] | None = None,
        before: Callable[[Call], None] = lambda _: None,
    ) -> Iterator[tuple[Call, tuple[Array, ...], dict[TensorId, Array]]]:
        """Run the model step by step: yield each call with its outputs and the values there are.

        `parameters` replace constants; `before` is called with each call first, and may change them.
        Values are dropped after their last use, unless `keep` names them (None: all stay).
        """
        values = dict(zip(self.model.main.inputs, inputs, strict=True))
        known = {} if parameters is None else parameters
        for position, op in enumerate(self.ops):
            before(self.call(op, values, known))
            call = self.call(op, values, known)
            try:
                made = operators()[op.name].forward(call)
            except (ValueError, IndexError, TypeError) as error:
                raise UnsupportedModelError(f"{op.code.label} (operator {op.id}) is not followed: {error}") from None
            outputs = tuple(activated(item, fused(op)) for item in made)
            values.update(zip(op.outputs, outputs, strict=True))
            yield call, outputs, values
            if keep is not None:
                for tensor in op.operands:
                    if self.last_use.get(tensor) == position and tensor not in keep:
                        values.pop(tensor, None)

    def run(self, inputs: Collection[Array], parameters: Mapping[TensorId, Array] | None = None) -> tuple[Array, ...]:
        """Return the outputs, (N, *shape) each, of real-valued inputs (N, *shape)."""
        wanted = self.model.main.outputs
        values = self.values(inputs, parameters, wanted)
        return tuple(values[tensor] for tensor in wanted)

    def values(
        self, inputs: Collection[Array], parameters: Mapping[TensorId, Array] | None, wanted: Collection[TensorId]
    ) -> dict[TensorId, Array]:
        """Return the `wanted` values, (N, *shape) each, of real-valued inputs (N, *shape)."""
        values: dict[TensorId, Array] = dict(zip(self.model.main.inputs, inputs, strict=True))
        for _, _, after in self.steps(inputs, parameters, keep=wanted):
            values = after
        return {tensor: values[tensor] for tensor in wanted}


def fused(op: Op) -> int:
    """Return the activation fused behind `op`."""
    found = op.options.get("fused_activation_function", _NONE) if op.options else _NONE
    return int(found or _NONE)


def is_tanh(kind: int) -> bool:
    """Return whether the fused activation is the hyperbolic tangent; all others are `fused_bounds`."""
    return kind == _TANH


def fused_bounds(kind: int) -> tuple[float, float]:
    """Return the bounds that the fused activation cuts values at, infinite where there is none."""
    return _BOUNDS.get(kind, (-np.inf, np.inf))


def activated(values: Array, kind: int) -> Array:
    """Return `values` behind the fused activation."""
    if kind == _TANH:
        return np.asarray(np.tanh(values))
    low, high = fused_bounds(kind)
    return values if kind == _NONE else np.clip(values, low, high)


def activation_slope(outputs: Array, kind: int) -> Array | None:
    """Return the factor of a gradient through the fused activation, None where there is none."""
    if kind == _NONE:
        return None
    if kind == _TANH:
        return np.asarray(1 - outputs * outputs)
    low, high = _BOUNDS[kind]
    return (outputs > low) & (outputs < high)


def lift(model: Model) -> Lifted:
    """Return the main graph of `model` as a function of real numbers.

    Raises:
        UnsupportedModelError: naming the first operator that is not known, variables, or a batch that is not one.
    """
    graph = model.main
    known = operators()
    numbers = {tensor.id for tensor in graph.tensors if tensor.dtype in _NUMBERS}
    ops = tuple(op for op in graph.ops if any(output in numbers for output in op.outputs))
    for op in ops:
        if op.name not in known or op.subgraphs or op.intermediates:
            raise UnsupportedModelError(f"{op.code.label} (operator {op.id}) is not known as a differentiable function")
        if fused(op) not in (_NONE, _TANH, *_BOUNDS):
            raise UnsupportedModelError(f"{op.code.label} (operator {op.id}) has an activation that is not known")
    if any(tensor.is_variable for tensor in graph.tensors) or len(model.graphs) > 1:
        raise UnsupportedModelError("the model keeps variables or has several graphs, which is not followed")
    if not numbers.issuperset({*graph.inputs, *graph.outputs}) or not ops:
        raise UnsupportedModelError("an input or output holds no real numbers")
    wrong = next((graph.by_id[item] for item in graph.inputs if graph.by_id[item].shape[:1] != (1,)), None)
    if wrong is not None:
        raise UnsupportedModelError(
            f"input '{wrong.name}' has shape {wrong.shape}; its first extent must be 1, a batch"
        )
    constants = {tensor.id: real(tensor) for tensor in graph.tensors if tensor.is_constant and _is_read(tensor)}
    last = {operand: position for position, op in enumerate(ops) for operand in op.operands}
    return Lifted(model, ops, constants, last)


def _is_read(tensor: Tensor) -> bool:
    return tensor.dtype.numpy_name is not None and tensor.is_plain


def real(tensor: Tensor) -> Array:
    """Return what a constant stands for: float32, or integers where it holds shapes and indices."""
    stored = tensor.array()
    quant = tensor.quant
    if tensor.dtype not in _NUMBERS and not (quant is not None and quant.scales):
        return stored
    if tensor.dtype in (DType.FLOAT32, DType.FLOAT16) or quant is None or not quant.scales:
        return stored.astype(np.float32)  # a float tensor may carry a scale that means nothing
    return dequantised(stored, quant)


def dequantised(stored: Array, quant: Quant) -> Array:
    """Return scale * (stored - zero point) in float32."""
    scales = np.asarray(quant.scales, np.float64)
    points = np.broadcast_to(np.asarray(quant.zero_points or (0,), np.float64), scales.shape)
    if len(scales) > 1:
        axis = quant.dimension if quant.dimension < stored.ndim else 0  # some files name dimension 3 of a bias
        shape = [-1 if place == axis else 1 for place in range(stored.ndim)]
        scales, points = scales.reshape(shape), points.reshape(shape)
    return ((stored.astype(np.float64) - points) * scales).astype(np.float32)


def real_inputs(model: Model, arrays: Collection[Array]) -> tuple[Array, ...]:
    """Return samples of `model`'s inputs, (N, 1, ...) or (N, ...), as the real numbers they stand for, (N, ...)."""
    found = []
    for tensor_id, array in zip(model.main.inputs, arrays, strict=True):
        tensor = model.tensors[tensor_id]
        quant = tensor.quant
        whole = array.dtype.kind in "iu" and quant is not None and bool(quant.scales)
        values = dequantised(array, quant) if whole and quant is not None else array.astype(np.float32)
        found.append(values.reshape(-1, *tensor.shape[1:]))
    return tuple(found)
