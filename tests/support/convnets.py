"""Random small convolutional networks: every operator that streaming knows, in the shapes that make it hard.

Odd sizes, strides, dilation, depth multipliers, paddings of both kinds, residuals with and without projection,
concatenated branches, several inputs and outputs, 1-D signals as (1, H, 1, C) or (1, 1, W, C).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arenafit.ir import DType, Model, Quant, TensorId
from support.models import NONE, RELU, RELU6, SAME, VALID
from support.netsketch import BINARY, UNARY, NetSketch, Sliding

Draw = Callable[..., Any]


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
            return sketch.unary(draw(st.sampled_from(UNARY[self._dtype])), tensor)
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
        name = draw(st.sampled_from(BINARY[self._dtype]))
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
