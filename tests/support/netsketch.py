"""Small convolutional networks written down operator by operator, with windows of every form."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from arenafit.ir import DType, Quant, TensorId
from support.models import NONE, RELU, SAME, VALID, Sketch

Pair = tuple[int, int]

# Kernels whose result has a scale of their own, with it.
_FIXED_QUANTS = {
    ("LOGISTIC", DType.INT8): Quant((1 / 256,), (-128,)),
    ("TANH", DType.INT8): Quant((1 / 128,), (0,)),
    ("LOGISTIC", DType.INT16): Quant((1 / 32768,), (0,)),
    ("TANH", DType.INT16): Quant((1 / 32768,), (0,)),
}
# Operators of one operand with their options table, by element type.
UNARY = {
    DType.INT8: ("RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "HARD_SWISH", "QUANTIZE", "ABS"),
    DType.INT16: ("RELU", "LEAKY_RELU", "LOGISTIC", "TANH", "QUANTIZE"),
    DType.FLOAT32: ("RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "HARD_SWISH", "ABS", "NEG"),
}
_UNARY_OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "LEAKY_RELU": ("LeakyReluOptions", {"alpha": 0.25}),
    "HARD_SWISH": ("HardSwishOptions", {}),
    "QUANTIZE": ("QuantizeOptions", {}),
    "ABS": ("AbsOptions", {}),
    "NEG": ("NegOptions", {}),
}
BINARY = {
    DType.INT8: ("ADD", "MUL", "SUB", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE"),
    DType.INT16: ("ADD", "MUL", "SUB", "MAXIMUM", "MINIMUM"),
    DType.FLOAT32: ("ADD", "MUL", "SUB", "MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE"),
}
_BINARY_OPTIONS = {
    "ADD": "AddOptions", "MUL": "MulOptions", "SUB": "SubOptions", "MAXIMUM": "MaximumMinimumOptions",
    "MINIMUM": "MaximumMinimumOptions", "SQUARED_DIFFERENCE": "SquaredDifferenceOptions",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sliding:
    """How a window slides: (along H, along W) each."""

    kernel: Pair
    stride: Pair = (1, 1)
    dilation: Pair = (1, 1)
    padding: int = SAME

    @property
    def extent(self) -> Pair:
        """Rows and columns from the first tap to the last."""
        (high, wide), (down, across) = self.kernel, self.dilation
        return (high - 1) * down + 1, (wide - 1) * across + 1

    def output(self, height: int, width: int) -> Pair:
        """Rows and columns that come out of so many."""
        (high, wide), (down, across) = self.extent, self.stride
        lost = (0, 0) if self.padding == SAME else (high - 1, wide - 1)
        return -(-(height - lost[0]) // down), -(-(width - lost[1]) // across)


class NetSketch(Sketch):
    """A sketch whose windows may be oblong, dilated and strided apart, with more operators."""

    def __init__(self, dtype: DType, seed: int = 0, zero_point: int = 3) -> None:
        super().__init__(dtype, seed)
        self._zero_point = zero_point

    def tensor(self, name: str, shape: Any, quant: Quant | None = None) -> TensorId:
        """Add an activation with the network's zero point."""
        if quant is None and self.dtype is DType.INT8:
            quant = Quant((0.05,), (self._zero_point,))
        return super().tensor(name, shape, quant)

    def quant(self, tensor: TensorId) -> Quant | None:
        """Return the quantisation of `tensor`."""
        return self.editor.tensor(tensor).quant

    def sliding_conv(
        self, source: TensorId, channels: int, how: Sliding, *, activation: int = RELU, quant: Quant | None = None
    ) -> TensorId:
        """Convolution."""
        depth = self.shape(source)[3]
        taps = how.kernel[0] * how.kernel[1] * depth
        weights, bias = self._weights((channels, *how.kernel, depth), 0, taps)
        shape = (1, *how.output(*self.shape(source)[1:3]), channels)
        options = {**_window_options(how), "fused_activation_function": activation}
        operands = (source, self._matched(weights, source), self._matched(bias, source))
        return self._op("CONV_2D", operands, shape, "Conv2DOptions", options, quant=quant)

    def sliding_depthwise(
        self, source: TensorId, multiplier: int, how: Sliding, *, activation: int = RELU, quant: Quant | None = None
    ) -> TensorId:
        """Depthwise convolution."""
        channels = self.shape(source)[3] * multiplier
        weights, bias = self._weights((1, *how.kernel, channels), 3, how.kernel[0] * how.kernel[1])
        shape = (1, *how.output(*self.shape(source)[1:3]), channels)
        options = {
            **_window_options(how),
            "fused_activation_function": activation,
            "depth_multiplier": multiplier,
        }
        operands = (source, self._matched(weights, source), self._matched(bias, source))
        return self._op("DEPTHWISE_CONV_2D", operands, shape, "DepthwiseConv2DOptions", options, quant=quant)

    def sliding_pool(self, source: TensorId, how: Sliding, kind: str) -> TensorId:
        """Pooling whose stride may differ from its size."""
        options = {
            "padding": how.padding,
            "stride_h": how.stride[0],
            "stride_w": how.stride[1],
            "filter_height": how.kernel[0],
            "filter_width": how.kernel[1],
        }
        shape = (1, *how.output(*self.shape(source)[1:3]), self.shape(source)[3])
        return self._op(f"{kind}_POOL_2D", (source,), shape, "Pool2DOptions", options, quant=self.quant(source))

    def global_pool(self, source: TensorId, lost: int = 0, *, activation: int = NONE) -> TensorId:
        """Average pooling of all rows but the last `lost`."""
        _, height, width, depth = self.shape(source)
        rows, columns = (height - lost, width) if height > 1 else (1, width - lost)
        options = {"padding": VALID, "stride_h": rows, "stride_w": columns, "filter_height": rows,
                   "filter_width": columns, "fused_activation_function": activation}  # fmt: skip
        shape = (1, 1, 1, depth)
        return self._op("AVERAGE_POOL_2D", (source,), shape, "Pool2DOptions", options, quant=self.quant(source))

    def mean(self, source: TensorId, *, keep_dims: bool = True, quant: Quant | None = None) -> TensorId:
        """Mean over height and width."""
        depth = self.shape(source)[3]
        axes = self.editor.add_constant("axes", np.array([1, 2], dtype=np.int32))
        shape = (1, 1, 1, depth) if keep_dims else (1, depth)
        options = {"keep_dims": keep_dims}
        return self._op("MEAN", (source, axes), shape, "ReducerOptions", options, quant=quant or self.quant(source))

    def pad(self, source: TensorId, rows: Pair, columns: Pair) -> TensorId:
        """PAD along H and W."""
        amounts = np.array([(0, 0), rows, columns, (0, 0)], dtype=np.int32)
        _, height, width, depth = self.shape(source)
        shape = (1, height + sum(rows), width + sum(columns), depth)
        constant = self.editor.add_constant("amounts", amounts)
        return self._op("PAD", (source, constant), shape, "PadOptions", {}, quant=self.quant(source))

    def mirror_pad(self, source: TensorId, rows: Pair, columns: Pair, *, symmetric: bool = False) -> TensorId:
        """MIRROR_PAD along H and W; `symmetric` repeats the edge."""
        amounts = np.array([(0, 0), rows, columns, (0, 0)], dtype=np.int32)
        _, height, width, depth = self.shape(source)
        shape = (1, height + sum(rows), width + sum(columns), depth)
        operands = (source, self.editor.add_constant("amounts", amounts))
        options = {"mode": int(symmetric)}
        return self._op("MIRROR_PAD", operands, shape, "MirrorPadOptions", options, quant=self.quant(source))

    def unary(self, name: str, source: TensorId) -> TensorId:
        """One of the elementwise operators of one operand."""
        kind, options = _UNARY_OPTIONS.get(name, ("", {}))
        quant = _FIXED_QUANTS.get((name, self.dtype))
        if not kind:
            return self._bare(name, source, quant)
        return self._op(name, (source,), self.shape(source), kind, options, quant=quant)

    def _bare(self, name: str, source: TensorId, quant: Quant | None) -> TensorId:
        output = self.tensor(f"{name.lower()}_{len(self.editor.ops())}", self.shape(source), quant)
        versions = {DType.FLOAT32: 1, DType.INT8: 2, DType.INT16: 3}
        op = self.editor.make_op(name, (source,), (output,), None, version=versions[self.dtype])
        self.editor.append_op(op)
        return output

    def converted(self, source: TensorId, dtype: DType) -> TensorId:
        """QUANTIZE to another integer type, of which the network goes on to be."""
        self.dtype = dtype
        return self._op("QUANTIZE", (source,), self.shape(source), "QuantizeOptions", {})

    def prelu(self, source: TensorId) -> TensorId:
        """PRELU with a slope per channel."""
        slopes = self._random.uniform(-0.5, 0.5, (1, 1, self.shape(source)[3]))
        alpha = self.channel_constant(slopes)
        return self._bare_binary("PRELU", source, alpha)

    def _bare_binary(self, name: str, source: TensorId, constant: TensorId) -> TensorId:
        output = self.tensor(f"{name.lower()}_{len(self.editor.ops())}", self.shape(source))
        self.editor.append_op(self.editor.make_op(name, (source, constant), (output,), None, version=1))
        return output

    def channel_constant(self, real: Any) -> TensorId:
        """Return a constant activation."""
        number = len(self.editor.ops())
        if self.dtype is DType.FLOAT32:
            return self.editor.add_constant(f"constant_{number}", np.asarray(real, dtype=np.float32))
        bits = 127 if self.dtype is DType.INT8 else 32767
        scale = float(np.float32(max(np.abs(real).max(), 1e-3) / bits))
        stored = np.round(np.asarray(real) / scale).astype(self.dtype.numpy)
        return self.editor.add_constant(f"constant_{number}", stored, quant=Quant((scale,), (0,)))

    def binary(self, name: str, left: TensorId, right: TensorId, *, activation: int = NONE) -> TensorId:
        """One of the elementwise operators of two operands, the first of the output's shape."""
        options: dict[str, Any] = {"fused_activation_function": activation} if name in ("ADD", "MUL", "SUB") else {}
        quant = self.quant(left) if name in ("MAXIMUM", "MINIMUM") else None
        return self._op(name, (left, right), self.shape(left), _BINARY_OPTIONS[name], options, quant=quant)

    def concat(self, *parts: TensorId) -> TensorId:
        """CONCATENATION over channels of parts of one quantisation."""
        shape = (*self.shape(parts[0])[:3], sum(self.shape(part)[3] for part in parts))
        options = {"axis": 3, "fused_activation_function": NONE}
        return self._op("CONCATENATION", parts, shape, "ConcatenationOptions", options, quant=self.quant(parts[0]))

    def _matched(self, constant: TensorId, source: TensorId) -> TensorId:
        # A bias has the scale of the operand times the weights'.
        tensor, operand = self.editor.tensor(constant), self.quant(source)
        if tensor.name.startswith("bias") and tensor.quant is not None and operand is not None:
            factor = np.float32(operand.scales[0]) / np.float32(0.05 if self.dtype is DType.INT8 else 0.05 / 256)
            scales = tuple(float(np.float32(scale) * factor) for scale in tensor.quant.scales)
            self.editor.update_tensor(replace(tensor, quant=replace(tensor.quant, scales=scales)))
        return constant


def _window_options(how: Sliding) -> dict[str, int]:
    return {
        "padding": how.padding,
        "stride_h": how.stride[0],
        "stride_w": how.stride[1],
        "dilation_h_factor": how.dilation[0],
        "dilation_w_factor": how.dilation[1],
    }
