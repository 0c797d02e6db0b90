"""Random small convolutional networks: every operator that streaming knows, in the shapes that make it hard.

Odd sizes, strides, dilation, depth multipliers, paddings of both kinds, residuals with and without projection,
concatenated branches, several inputs and outputs, 1-D signals as (1, H, 1, C) or (1, 1, W, C).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arenafit.ir import DType, Model, Quant, TensorId
from support.models import NONE, RELU, RELU6, SAME, VALID, Sketch

Pair = tuple[int, int]
Draw = Callable[..., Any]

# Kernels whose result has a scale of their own, with it.
_FIXED_QUANTS = {
    ("LOGISTIC", DType.INT8): Quant((1 / 256,), (-128,)),
    ("TANH", DType.INT8): Quant((1 / 128,), (0,)),
    ("LOGISTIC", DType.INT16): Quant((1 / 32768,), (0,)),
    ("TANH", DType.INT16): Quant((1 / 32768,), (0,)),
}
# Operators of one operand with their options table, by element type.
_UNARY = {
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
_BINARY = {
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


class Drawer:
    """Draws one network, block after block."""

    kind: type[NetSketch] = NetSketch

    def __init__(self, draw: Draw, dtypes: tuple[DType, ...]) -> None:
        self._draw = draw
        dtype = draw(st.sampled_from(dtypes))
        self._sketch = self.kind(dtype, draw(st.integers(0, 9)), draw(st.sampled_from((3, -128, 0, 127))))
        self._dtype = dtype
        self._own_quant = self._sketch.quant(self._sketch.tensor("unused", (1,)))
        self._outputs: list[TensorId] = []
        self._converts = dtype is DType.INT16  # such networks may be of 8 bits in part

    def run(self) -> Model:
        """Return the network."""
        draw, sketch = self._draw, self._sketch
        form = draw(st.sampled_from(("2d", "2d", "2d", "column", "row")))
        height = 1 if form == "row" else draw(st.integers(3, 20))
        width = 1 if form == "column" else draw(st.integers(3, 10 if form == "2d" else 24))
        tensor = sketch.input(1, height, width, draw(st.integers(1, 3)))
        for _ in range(draw(st.integers(1, 5))):
            tensor = self._block(tensor)
            if draw(st.integers(0, 9)) == 9:
                self._outputs.append(tensor)
        tensor = self._end(tensor)
        outputs = list(dict.fromkeys([*self._outputs, tensor]))
        return sketch.finish(*outputs)

    def _block(self, tensor: TensorId) -> TensorId:
        made: TensorId = self._draw(st.sampled_from(self._blocks()))(tensor)
        return made

    def _blocks(self) -> tuple[Callable[[TensorId], TensorId], ...]:
        return (
            self._window,
            self._window,
            self._window,
            self._elementwise,
            self._residual,
            self._branches,
            self._pad,
            *((self._convert,) if self._converts else ()),
        )

    def _end(self, tensor: TensorId) -> TensorId:
        sketch = self._sketch
        ending = self._draw(st.sampled_from(("none", "none", "dense", "softmax", "pool", "mean")))
        if ending == "none":
            return tensor
        if ending in ("pool", "mean"):
            return self._average(tensor, ending)
        if ending == "softmax":
            return sketch.softmax(tensor) if self._dtype is not DType.INT16 else tensor
        flat = sketch.reshape(tensor, 1, int(np.prod(sketch.shape(tensor))))
        return sketch.dense(flat, 3)

    def _average(self, tensor: TensorId, ending: str) -> TensorId:
        """A whole image averaged, by itself or in front of a dense layer."""
        draw, sketch = self._draw, self._sketch
        if ending == "pool":
            _, height, width, _ = sketch.shape(tensor)
            lost = draw(st.sampled_from((0, 0, 1))) if (height if height > 1 else width) > 2 else 0
            activation = draw(st.sampled_from((NONE, NONE, RELU6))) if self._dtype is DType.FLOAT32 else NONE
            pixel = sketch.global_pool(tensor, lost, activation=activation)
        else:
            pixel = sketch.mean(tensor, keep_dims=draw(st.booleans()), quant=self._quant())
        return sketch.dense(pixel, 3) if draw(st.booleans()) else pixel

    def _sliding(self, tensor: TensorId, *, dilated: bool = True, stride: int | None = None) -> Sliding:
        draw = self._draw
        _, height, width, _ = self._sketch.shape(tensor)
        padding = draw(st.sampled_from((SAME, SAME, VALID)))
        dilation = draw(st.sampled_from((1, 1, 1, 2))) if dilated else 1

        def side(size: int) -> tuple[int, int]:
            most = 5 if padding == SAME else min(5, (size - 1) // dilation + 1)
            extent = 1 if size == 1 else draw(st.sampled_from([k for k in (3, 1, 2, 4, 5) if k <= most]))
            step = stride if stride is not None else draw(st.sampled_from((1, 1, 2, 3)))
            return extent, 1 if size == 1 else step

        (high, down), (wide, across) = side(height), side(width)
        if (high == 1 and wide == 1) or max(down, across) > 1:
            dilation = 1
        return Sliding((high, wide), (down, across), (dilation, dilation), padding)

    def _quant(self) -> Quant | None:
        if self._dtype is not DType.INT8:
            return None
        return self._draw(st.sampled_from((None, Quant((0.04,), (-128,)), Quant((0.06,), (5,)))))  # type: ignore[no-any-return]

    def _window(self, tensor: TensorId) -> TensorId:
        draw, sketch = self._draw, self._sketch
        kind = draw(st.sampled_from(("conv", "depthwise", "MAX", "AVERAGE")))
        if kind in ("MAX", "AVERAGE"):
            return sketch.sliding_pool(tensor, self._sliding(tensor, dilated=False), kind)
        activation = draw(st.sampled_from((RELU, NONE, RELU6)))
        how = self._sliding(tensor)
        if kind == "conv":
            return sketch.sliding_conv(tensor, draw(st.integers(1, 5)), how, activation=activation, quant=self._quant())
        multiplier = draw(st.sampled_from((1, 1, 2, 3))) if sketch.shape(tensor)[3] < 6 else 1
        return sketch.sliding_depthwise(tensor, multiplier, how, activation=activation, quant=self._quant())

    def _elementwise(self, tensor: TensorId) -> TensorId:
        draw, sketch = self._draw, self._sketch
        kinds = ("unary", "constant", "swish", "input")
        kind = draw(st.sampled_from(kinds if self._dtype is DType.INT16 else (*kinds, "prelu")))
        if kind == "unary":
            return sketch.unary(draw(st.sampled_from(_UNARY[self._dtype])), tensor)
        if kind == "swish":
            return sketch.binary("MUL", tensor, sketch.unary("LOGISTIC", tensor))
        if kind == "prelu":
            return sketch.prelu(tensor)
        name = draw(st.sampled_from(("ADD", "MUL", "SUB")))
        if kind == "input":
            return sketch.binary(name, tensor, sketch.input(*sketch.shape(tensor)))
        values = np.linspace(-1.5, 1.5, sketch.shape(tensor)[3]).reshape(1, 1, 1, -1)
        return sketch.binary(name, tensor, sketch.channel_constant(values))

    def _residual(self, tensor: TensorId) -> TensorId:
        draw, sketch = self._draw, self._sketch
        branch = tensor
        for _ in range(draw(st.integers(1, 2))):
            branch = self._window(branch)
        other = tensor
        if sketch.shape(branch) != sketch.shape(tensor):
            other = self._projected(tensor, sketch.shape(branch))
            if sketch.shape(other) != sketch.shape(branch):
                return branch
        name = draw(st.sampled_from(_BINARY[self._dtype]))
        pair = (branch, other) if draw(st.booleans()) else (other, branch)
        if name in ("MAXIMUM", "MINIMUM") and sketch.quant(pair[0]) != sketch.quant(pair[1]):
            name = "ADD"
        return sketch.binary(name, *pair)

    def _projected(self, tensor: TensorId, shape: tuple[int, ...]) -> TensorId:
        sketch = self._sketch
        _, height, width, _ = sketch.shape(tensor)
        strides = tuple(-(-size // wanted) for size, wanted in zip((height, width), shape[1:3], strict=True))
        how = Sliding((1, 1), (strides[0], strides[1]), padding=self._draw(st.sampled_from((SAME, VALID))))
        if how.output(height, width) != shape[1:3]:
            return tensor
        return sketch.sliding_conv(tensor, shape[3], how, activation=NONE)

    def _branches(self, tensor: TensorId) -> TensorId:
        draw, sketch = self._draw, self._sketch
        parts = []
        for _ in range(draw(st.integers(2, 3))):
            how = replace(self._sliding(tensor, stride=1), padding=SAME)
            kind = draw(st.sampled_from(("conv", "conv", "MAX", "AVERAGE")))
            if kind != "conv" and sketch.quant(tensor) == self._own_quant:
                parts.append(sketch.sliding_pool(tensor, replace(how, dilation=(1, 1)), kind))
                continue
            activation = draw(st.sampled_from((RELU, NONE)))
            parts.append(sketch.sliding_conv(tensor, draw(st.integers(1, 3)), how, activation=activation))
        if draw(st.booleans()) and sketch.quant(tensor) == sketch.quant(parts[0]):
            parts.append(tensor)
        return sketch.concat(*parts)

    def _convert(self, tensor: TensorId) -> TensorId:
        self._dtype = DType.INT8 if self._dtype is DType.INT16 else DType.INT16
        converted = self._sketch.converted(tensor, self._dtype)
        self._own_quant = self._sketch.quant(converted)
        return converted

    def _pad(self, tensor: TensorId) -> TensorId:
        draw, sketch = self._draw, self._sketch
        _, height, width, _ = sketch.shape(tensor)
        if self._dtype is not DType.INT16 and draw(st.integers(0, 2)) == 2:
            high, wide = (st.integers(0, min(2, size - 1)) for size in (height, width))
            sides = (draw(high), draw(high)), (draw(wide), draw(wide))
            return sketch.mirror_pad(tensor, *sides, symmetric=draw(st.booleans()))
        amount = st.integers(0, 2)
        rows = (0, 0) if height == 1 else (draw(amount), draw(amount))
        columns = (0, 0) if width == 1 else (draw(amount), draw(amount))
        return sketch.pad(tensor, rows, columns)


@st.composite
def convnets(draw: Draw, dtypes: tuple[DType, ...] = (DType.INT8, DType.FLOAT32, DType.INT16)) -> Model:
    """Draw a network."""
    return Drawer(draw, dtypes).run()
