"""The engine that has TensorFlow do the heavy operators: convolutions, dense layers, poolings.

All others run by their numpy rules inside TensorFlow's tape, so that what can be trained is the same with both engines.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from arenafit import ops
from arenafit.errors import RuntimeUnavailableError, UnsupportedModelError
from arenafit.ir import Op, TensorId
from arenafit.learn.adam import Parameters
from arenafit.learn.engine import Slopes
from arenafit.learn.lift import Lifted, fused, fused_bounds, is_tanh
from arenafit.learn.operators import operators
from arenafit.learn.protocol import Array, Call
from arenafit.ops import Family, family_of

_PADDING = ("SAME", "VALID")


class TensorflowEngine:
    """A model as TensorFlow computes it, operator by operator, on float32."""

    def __init__(self, lifted: Lifted) -> None:
        """Take the model `lifted`.

        Raises:
            RuntimeUnavailableError: if TensorFlow is not installed.
        """
        try:
            import tensorflow as tf  # noqa: PLC0415 - an extra, and heavy
        except ImportError as error:
            raise RuntimeUnavailableError(
                f"the engine tensorflow needs TensorFlow ({error}): pip install 'arenafit[train]', or --engine numpy"
            ) from error
        self._tf: Any = tf
        self._tf.config.experimental.enable_op_determinism()  # the same inputs shall give the same model
        self._lifted = lifted

    def values(
        self, inputs: Collection[Array], parameters: Mapping[TensorId, Array], wanted: Collection[TensorId]
    ) -> dict[TensorId, Array]:
        """Return the `wanted` values."""
        found = self._run(inputs, self._variables(parameters))
        return {tensor: found[tensor].numpy() for tensor in wanted}

    def gradients(
        self,
        inputs: Collection[Array],
        parameters: Mapping[TensorId, Array],
        wanted: Collection[TensorId],
        slopes: Slopes,
    ) -> Parameters:
        """Return the gradients with respect to `parameters`."""
        variables = self._variables(parameters)
        with self._tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(list(variables.values()))
            found = self._run(inputs, variables)
        at = slopes({tensor: found[tensor].numpy() for tensor in wanted})
        ends = [found[tensor] for tensor in at]
        starts = [self._tf.constant(slope, self._tf.float32) for slope in at.values()]
        made = tape.gradient(ends, list(variables.values()), output_gradients=starts)
        return {name: item.numpy() for name, item in zip(variables, made, strict=True) if item is not None}

    def _variables(self, parameters: Mapping[TensorId, Array]) -> dict[TensorId, Any]:
        return {name: self._tf.constant(item, self._tf.float32) for name, item in parameters.items()}

    def _run(self, inputs: Collection[Array], variables: Mapping[TensorId, Any]) -> dict[TensorId, Any]:
        tf, lifted = self._tf, self._lifted
        given = (tf.constant(item, tf.float32) for item in inputs)
        values: dict[TensorId, Any] = dict(zip(lifted.model.main.inputs, given, strict=True))
        for op in lifted.ops:
            call = lifted.call(op, values, variables)
            native = _NATIVE.get(family_of(op))
            made = None if native is None else native(tf, call)
            outputs = _by_numpy(tf, call) if made is None else (made,)
            values.update(zip(op.outputs, (_activated(tf, item, op) for item in outputs), strict=True))
        return values


def _activated(tf: Any, value: Any, op: Op) -> Any:
    kind = fused(op)
    if is_tanh(kind):
        return tf.tanh(value)
    low, high = fused_bounds(kind)
    value = value if low == float("-inf") else tf.maximum(value, low)
    return value if high == float("inf") else tf.minimum(value, high)


def _with_bias(call: Call, value: Any) -> Any:
    bias = call.arrays[2] if len(call.arrays) > 2 else None
    return value if bias is None else value + bias


def _steps(call: Call) -> tuple[int, int, int, int]:
    """Return strides and dilations along H and W."""
    dilation_h, dilation_w = (int(call.option(f"dilation_{axis}_factor", 1) or 1) for axis in "hw")
    return int(call.option("stride_h", 1)), int(call.option("stride_w", 1)), dilation_h, dilation_w


def _convolution(tf: Any, call: Call) -> Any | None:
    images, weights = call.array(0), call.array(1)
    stride_h, stride_w, *dilations = _steps(call)
    # TensorFlow has no gradient of groups or of dilated filters on a CPU.
    if images.shape[3] != weights.shape[3] or dilations != [1, 1]:
        return None
    padding = _PADDING[int(call.option("padding", 1))]
    return _with_bias(call, tf.nn.conv2d(images, tf.transpose(weights, (1, 2, 3, 0)), (stride_h, stride_w), padding))


def _depthwise(tf: Any, call: Call) -> Any | None:
    images, weights = call.array(0), call.array(1)
    stride_h, stride_w, *dilations = _steps(call)
    if stride_h != stride_w or dilations != [1, 1]:
        return None
    _, rows, columns, count = weights.shape
    filters = tf.reshape(weights, (rows, columns, images.shape[3], count // images.shape[3]))
    padding = _PADDING[int(call.option("padding", 1))]
    return _with_bias(call, tf.nn.depthwise_conv2d(images, filters, (1, stride_h, stride_w, 1), padding))


def _dense(tf: Any, call: Call) -> Any:
    weights = call.array(1)
    rows = tf.reshape(call.array(0), (-1, weights.shape[1]))
    made = _with_bias(call, tf.matmul(rows, weights, transpose_b=True))
    return tf.reshape(made, (-1, *call.shapes[0][1:]))


def _pooling(tf: Any, call: Call) -> Any | None:
    known = ops.find(call.op.code)
    kind = {"max": tf.nn.max_pool2d, "mean": tf.nn.avg_pool2d}.get("" if known is None else known.summary or "")
    if kind is None:
        return None
    stride_h, stride_w, *_ = _steps(call)
    window = int(call.option("filter_height")), int(call.option("filter_width"))
    return kind(call.array(0), window, (stride_h, stride_w), _PADDING[int(call.option("padding", 1))])


# None: this operator is not done natively, its numpy rule does it.
_NATIVE: Mapping[Family | None, Callable[[Any, Call], Any | None]] = {
    Family.CONVOLUTION: _convolution,
    Family.DEPTHWISE: _depthwise,
    Family.DENSE: _dense,
    Family.POOLING: _pooling,
}


def _by_numpy(tf: Any, call: Call) -> tuple[Any, ...]:
    """Return what the operator's numpy rule makes; its gradient is that of the rule."""
    rule = operators()[call.op.name]
    places = [place for place, item in enumerate(call.arrays) if tf.is_tensor(item)]

    def run(*tensors: Any) -> tuple[Any, Callable[..., Any]]:
        arrays = list(call.arrays)
        for place, tensor in zip(places, tensors, strict=True):
            arrays[place] = tensor.numpy()
        plain = replace(call, arrays=tuple(arrays))
        made = rule.forward(plain)

        def back(*slopes: Any) -> list[Any]:
            if rule.backward is None:
                raise UnsupportedModelError(f"{call.op.code.label} (operator {call.op.id}) cannot be differentiated")
            found = list(rule.backward(plain, made, tuple(slope.numpy() for slope in slopes)))
            found += [None] * (len(call.arrays) - len(found))
            return [
                tf.zeros_like(tensor) if found[place] is None else tf.constant(found[place], tf.float32)
                for place, tensor in zip(places, tensors, strict=True)
            ]

        return tuple(tf.constant(item, tf.float32) for item in made), back

    return tuple(tf.custom_gradient(run)(*(call.arrays[place] for place in places)))
