"""Small models made from scratch, quantised so that TFLM and desktop LiteRT run them without saturating.

Activations are (N, H, W, C). `Sketch` draws a main graph operator by operator; the functions below it return models.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Constant, DType, Editor, Graph, Model, Quant, TensorId
from arenafit.tflite import make_options, read_bytes, write_bytes

SAME, VALID = 0, 1
NONE, RELU, RELU6 = 0, 1, 3
_ACTIVATION_SCALE = 0.05
# Versions of the int8 kernels, as converters write them; RESHAPE has had one only.
_INT8_VERSIONS = {
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "FULLY_CONNECTED": 4,
    "RESHAPE": 1,
    "HARD_SWISH": 1,
    "DEPTH_TO_SPACE": 1,
}


def empty_model() -> Model:
    """Return a model with one empty graph."""
    return Model((Graph((), (), (), (), "main"),))


def renumbered(model: Model) -> Model:
    """Return the model as a file has it whose tensors stand in the opposite order: its last output may be number 0."""
    graphs = tuple(replace(graph, tensors=graph.tensors[::-1]) for graph in model.graphs)
    return read_bytes(write_bytes(replace(model, graphs=graphs)), "renumbered")


def activation_quant(dtype: DType) -> Quant | None:
    """Return the quantisation of every activation of `dtype`: about [-6.4, 6.4)."""
    if dtype is DType.FLOAT32:
        return None
    return Quant((_ACTIVATION_SCALE,), (3,)) if dtype is DType.INT8 else Quant((_ACTIVATION_SCALE / 256,), (0,))


class Sketch:
    """Draws graph 0 of a model; every method appends one operator and returns its output."""

    def __init__(self, dtype: DType = DType.INT8, seed: int = 0) -> None:
        self.dtype = dtype
        self.editor = Editor(empty_model())
        self._random = np.random.default_rng(seed)
        self._inputs: list[TensorId] = []

    def input(self, *shape: int) -> TensorId:
        """Add a graph input."""
        created = self.tensor("input", shape)
        self._inputs.append(created)
        return created

    def tensor(self, name: str, shape: Sequence[int], quant: Quant | None = None) -> TensorId:
        """Add an activation."""
        return self.editor.add_tensor(name, self.dtype, shape, quant=quant or activation_quant(self.dtype))

    def shape(self, tensor: TensorId) -> tuple[int, ...]:
        """Return the shape of `tensor`."""
        return self.editor.tensor(tensor).shape

    def conv(
        self,
        source: TensorId,
        channels: int,
        *,
        kernel: int = 3,
        stride: int = 1,
        padding: int = SAME,
        activation: int = RELU,
    ) -> TensorId:
        """Convolution."""
        depth = self.shape(source)[3]
        weights, bias = self._weights((channels, kernel, kernel, depth), 0, kernel * kernel * depth)
        options = {"padding": padding, "stride_w": stride, "stride_h": stride, "fused_activation_function": activation}
        shape = self._window(source, kernel, stride, padding, channels)
        return self._op("CONV_2D", (source, weights, bias), shape, "Conv2DOptions", options)

    def depthwise(
        self, source: TensorId, *, kernel: int = 3, stride: int = 1, padding: int = SAME, activation: int = RELU
    ) -> TensorId:
        """Depthwise convolution, multiplier 1."""
        depth = self.shape(source)[3]
        weights, bias = self._weights((1, kernel, kernel, depth), 3, kernel * kernel)
        options = {"padding": padding, "stride_w": stride, "stride_h": stride, "fused_activation_function": activation}
        shape = self._window(source, kernel, stride, padding, depth)
        options["depth_multiplier"] = 1
        return self._op("DEPTHWISE_CONV_2D", (source, weights, bias), shape, "DepthwiseConv2DOptions", options)

    def pool(self, source: TensorId, size: int, *, kind: str = "MAX", padding: int = VALID) -> TensorId:
        """Pooling, stride equal to its size."""
        options = {"padding": padding, "stride_w": size, "stride_h": size, "filter_width": size, "filter_height": size}
        shape = self._window(source, size, size, padding, self.shape(source)[3])
        return self._op(f"{kind}_POOL_2D", (source,), shape, "Pool2DOptions", options)

    def add(self, left: TensorId, right: TensorId, *, activation: int = NONE) -> TensorId:
        """Elementwise sum of two tensors of one shape."""
        options = {"fused_activation_function": activation, "pot_scale_int16": False}
        return self._op("ADD", (left, right), self.shape(left), "AddOptions", options)

    def reshape(self, source: TensorId, *shape: int) -> TensorId:
        """Reshape to a constant shape."""
        target = self.editor.add_constant("shape", np.array(shape, dtype=np.int32))
        return self._op("RESHAPE", (source, target), shape, "ReshapeOptions", {"new_shape": tuple(shape)})

    def dense(self, source: TensorId, units: int, *, activation: int = NONE) -> TensorId:
        """Fully connected over all but the first axis."""
        batch, *rest = self.shape(source)
        depth = prod(rest)
        weights, bias = self._weights((units, depth), None, depth)
        options = {"fused_activation_function": activation}
        return self._op("FULLY_CONNECTED", (source, weights, bias), (batch, units), "FullyConnectedOptions", options)

    def softmax(self, source: TensorId) -> TensorId:
        """Softmax over the last axis."""
        quants = {DType.INT8: Quant((1 / 256,), (-128,)), DType.INT16: Quant((1 / 32768,), (0,))}
        quant = quants.get(self.dtype)
        return self._op("SOFTMAX", (source,), self.shape(source), "SoftmaxOptions", {"beta": 1.0}, quant=quant)

    def finish(self, *outputs: TensorId) -> Model:
        """Return the model."""
        self.editor.set_inputs(self._inputs)
        self.editor.set_outputs(outputs)
        return self.editor.build()

    def _op(
        self,
        name: str,
        inputs: Sequence[TensorId | None],
        shape: Sequence[int],
        kind: str,
        options: dict[str, Any],
        *,
        quant: Quant | None = None,
    ) -> TensorId:
        output = self.tensor(f"{name.lower()}_{len(self.editor.ops())}", shape, quant)
        version = 1 if self.dtype is DType.FLOAT32 else _INT8_VERSIONS.get(name, 2)
        op = self.editor.make_op(name, inputs, (output,), make_options(kind, **options), version=version)
        self.editor.append_op(op)
        return output

    def _window(self, source: TensorId, kernel: int, stride: int, padding: int, channels: int) -> tuple[int, ...]:
        batch, height, width, _ = self.shape(source)
        lost = 0 if padding == SAME else kernel - 1
        return batch, -(-(height - lost) // stride), -(-(width - lost) // stride), channels

    def _weights(self, shape: tuple[int, ...], axis: int | None, taps: int) -> tuple[TensorId, TensorId]:
        # Weights of variance 1/taps keep activations in their range, however long the chain.
        real = self._random.uniform(-1.0, 1.0, shape) * np.sqrt(3.0 / taps)
        channels = shape[axis or 0]
        bias = self._random.uniform(-0.5, 0.5, channels)
        number = len(self.editor.ops())
        if self.dtype is DType.FLOAT32:
            weights = self.editor.add_constant(f"weights_{number}", real.astype(np.float32))
            return weights, self.editor.add_constant(f"bias_{number}", bias.astype(np.float32))
        return self._quantised_weights(real, bias, axis, number)

    def _quantised_weights(
        self, real: NDArray[Any], bias: NDArray[Any], axis: int | None, number: int
    ) -> tuple[TensorId, TensorId]:
        others = None if axis is None else tuple(index for index in range(real.ndim) if index != axis)
        scales = np.atleast_1d(np.abs(real).max(axis=others) / 127).astype(np.float32)
        spread = scales.reshape([-1 if index == axis else 1 for index in range(real.ndim)])
        stored = np.clip(np.round(real / spread), -127, 127).astype(np.int8)
        quant = activation_quant(self.dtype)
        assert quant is not None
        bias_scales = np.float32(quant.scales[0]) * scales
        bias_type = np.int64 if self.dtype is DType.INT16 else np.int32
        zeros = (0,) * len(scales)
        dimension = axis or 0
        weights = self.editor.add_constant(
            f"weights_{number}", stored, quant=Quant(tuple(map(float, scales)), zeros, dimension)
        )
        return weights, self.editor.add_constant(
            f"bias_{number}",
            np.round(bias / bias_scales).astype(bias_type),
            quant=Quant(tuple(map(float, bias_scales)), zeros),
        )


def conv_chain(dtype: DType = DType.INT8, layers: int = 3, size: int = 16, channels: int = 8) -> Model:
    """Return `layers` 3x3 convolutions (the second of stride 2), a pooling, a dense layer and softmax."""
    sketch = Sketch(dtype)
    tensor = sketch.input(1, size, size, 3)
    for layer in range(layers):
        tensor = sketch.conv(tensor, channels, stride=2 if layer == 1 else 1)
    tensor = sketch.pool(tensor, 2)
    tensor = sketch.reshape(tensor, 1, prod(sketch.shape(tensor)))
    return sketch.finish(sketch.softmax(sketch.dense(tensor, 4)))


def depthwise_chain(dtype: DType = DType.INT8, blocks: int = 2, size: int = 16, channels: int = 8) -> Model:
    """Return a convolution and `blocks` of depthwise and pointwise ones, averaged, with a dense layer."""
    sketch = Sketch(dtype)
    tensor = sketch.conv(sketch.input(1, size, size, 1), channels, stride=2)
    for _ in range(blocks):
        tensor = sketch.conv(sketch.depthwise(tensor, activation=RELU6), channels, kernel=1)
    tensor = sketch.pool(tensor, sketch.shape(tensor)[1], kind="AVERAGE")
    return sketch.finish(sketch.dense(tensor, 2))


def residual(dtype: DType = DType.INT8, size: int = 12, channels: int = 6) -> Model:
    """Return two convolutions with the input of the first added to the output of the second."""
    sketch = Sketch(dtype)
    stem = sketch.conv(sketch.input(1, size, size, 2), channels)
    branch = sketch.conv(sketch.conv(stem, channels), channels, activation=NONE)
    return sketch.finish(sketch.pool(sketch.add(stem, branch, activation=RELU), 2, kind="AVERAGE"))


def shared_sum(size: int = 16, channels: int = 8) -> Model:
    """Return input -> CONV_2D, both summed twice: an offline plan can put each sum into the place of an operand."""
    sketch = Sketch()
    source = sketch.input(1, size, size, channels)
    branch = sketch.conv(source, channels)
    return sketch.finish(sketch.add(sketch.add(source, branch), branch))


def wrong_sign(model: Model) -> Model:
    """The model with the sign of a weight changed, the largest there is."""
    editor = Editor(model)
    weights = next(tensor for tensor in model.main.tensors if tensor.data is not None and len(tensor.shape) == 4)
    values = weights.array().copy()
    place = abs(values.astype(int)).argmax()
    values.reshape(-1)[place] = -values.reshape(-1)[place]
    editor.update_tensor(replace(weights, data=Constant.of(values)))
    return editor.build()
