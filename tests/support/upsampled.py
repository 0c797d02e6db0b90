"""Networks that upsample: a small U-Net, a feature pyramid's head, super-resolution, a decoder, and random ones."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from arenafit.ir import DType, Model, TensorId
from support.convnets import Drawer
from support.models import NONE, RELU, SAME, VALID
from support.netsketch import NetSketch, Pair, Sliding

UPSAMPLING = ("RESIZE_NEAREST_NEIGHBOR", "RESIZE_BILINEAR", "TRANSPOSE_CONV", "DEPTH_TO_SPACE")
_SIZE_LIMIT = 4000  # elements of a tensor in random networks


class UpSketch(NetSketch):
    """A sketch with the operators that change an image's size without a sliding window."""

    def resize(
        self, kind: str, source: TensorId, factors: Pair, *, aligned: bool = False, centered: bool = False
    ) -> TensorId:
        """RESIZE_NEAREST_NEIGHBOR or RESIZE_BILINEAR (`kind`) by whole factors along H and W."""
        _, height, width, channels = self.shape(source)
        size = (height * factors[0], width * factors[1])
        name, table = {
            "nearest": ("RESIZE_NEAREST_NEIGHBOR", "ResizeNearestNeighborOptions"),
            "bilinear": ("RESIZE_BILINEAR", "ResizeBilinearOptions"),
        }[kind]
        constant = self.editor.add_constant(f"size_{len(self.editor.ops())}", np.array(size, dtype=np.int32))
        options = {"align_corners": aligned, "half_pixel_centers": centered}
        return self._op(name, (source, constant), (1, *size, channels), table, options, quant=self.quant(source))

    def depth_to_space(self, source: TensorId, block: int) -> TensorId:
        """DEPTH_TO_SPACE."""
        _, height, width, channels = self.shape(source)
        shape = (1, height * block, width * block, channels // block**2)
        options = {"block_size": block}
        return self._op("DEPTH_TO_SPACE", (source,), shape, "DepthToSpaceOptions", options, quant=self.quant(source))

    def space_to_depth(self, source: TensorId, block: int) -> TensorId:
        """SPACE_TO_DEPTH."""
        _, height, width, channels = self.shape(source)
        shape = (1, height // block, width // block, channels * block**2)
        options = {"block_size": block}
        return self._op("SPACE_TO_DEPTH", (source,), shape, "SpaceToDepthOptions", options, quant=self.quant(source))

    def transpose_conv(
        self, source: TensorId, channels: int, how: Sliding, *, activation: int = NONE, bias: bool = True
    ) -> TensorId:
        """TRANSPOSE_CONV."""
        _, height, width, depth = self.shape(source)
        (high, wide), (down, across) = how.kernel, how.stride
        if how.padding == SAME:
            size = (height * down, width * across)
        else:
            size = ((height - 1) * down + max(high, down), (width - 1) * across + max(wide, across))
        weights, offsets = self._weights(
            (channels, high, wide, depth), 0, depth * max(1, high * wide // (down * across))
        )
        shape = (1, *size, channels)
        stated = self.editor.add_constant(f"shape_{len(self.editor.ops())}", np.array(shape, dtype=np.int32))
        options = {
            "padding": how.padding,
            "stride_h": down,
            "stride_w": across,
            "fused_activation_function": activation,
        }
        operands = [stated, weights, source, *([self._matched(offsets, source)] if bias else [])]
        return self._op("TRANSPOSE_CONV", operands, shape, "TransposeConvOptions", options)


def unet(dtype: DType = DType.INT8, size: int = 16, width: int = 4, up: str = "nearest") -> Model:
    """Return a U-Net of two levels: 3x3 convolutions, max-pooling, upsampling by `up`, skips concatenated."""
    drawn = UpSketch(dtype)
    skips = []
    tensor = drawn.input(1, size, size, 3)
    for level in range(2):
        tensor = drawn.conv(drawn.conv(tensor, width << level), width << level)
        skips.append(tensor)
        tensor = drawn.pool(tensor, 2)
    tensor = drawn.conv(tensor, width * 4)
    for level in (1, 0):
        tensor = _larger(drawn, tensor, up, width << level)
        tensor = drawn.concat(tensor, skips[level])
        tensor = drawn.conv(drawn.conv(tensor, width << level), width << level)
    return drawn.finish(drawn.unary("LOGISTIC", drawn.conv(tensor, 1, kernel=1, activation=NONE)))


def _larger(drawn: UpSketch, tensor: TensorId, up: str, channels: int) -> TensorId:
    if up == "transposed":
        return drawn.transpose_conv(tensor, channels, Sliding((3, 3), (2, 2)))
    if up == "shuffled":
        return drawn.depth_to_space(drawn.conv(tensor, channels * 4, kernel=1), 2)
    return drawn.resize(up, tensor, (2, 2), centered=True)


def pyramid_head(dtype: DType = DType.INT8, size: int = 12) -> Model:
    """Return the head of a feature pyramid: small features upsampled, joined with larger ones, two outputs."""
    drawn = UpSketch(dtype)
    large = drawn.conv(drawn.input(1, size, size, 3), 8, stride=2)
    small = drawn.conv(drawn.conv(large, 16, stride=2), 8)
    first = drawn.conv(drawn.depthwise(small), 6, kernel=1, activation=NONE)
    joined = drawn.concat(drawn.resize("nearest", small, (2, 2)), large)
    second = drawn.conv(drawn.depthwise(joined, kernel=5), 6, kernel=1, activation=NONE)
    return drawn.finish(first, second)


def super_resolution(dtype: DType = DType.INT8, size: int = 12, factor: int = 2) -> Model:
    """Return convolutions at low resolution and DEPTH_TO_SPACE to the high one."""
    drawn = UpSketch(dtype)
    tensor = drawn.conv(drawn.conv(drawn.input(1, size, size, 1), 8), 8)
    return drawn.finish(drawn.depth_to_space(drawn.conv(tensor, factor**2, activation=NONE), factor))


def decoder(dtype: DType = DType.INT8, size: int = 4, padding: int = SAME) -> Model:
    """Return two transposed convolutions that double an image each, and a convolution."""
    drawn = UpSketch(dtype)
    tensor = drawn.conv(drawn.input(1, size, size, 8), 8)
    tensor = drawn.transpose_conv(tensor, 6, Sliding((4, 4), (2, 2), padding=padding))
    tensor = drawn.transpose_conv(drawn.unary("RELU", tensor), 4, Sliding((3, 3), (2, 2), padding=padding))
    return drawn.finish(drawn.conv(tensor, 1, activation=NONE))


NETWORKS: Mapping[str, Callable[[DType], Model]] = {
    "unet_nearest": partial(unet, up="nearest"),
    "unet_bilinear": partial(unet, up="bilinear"),
    "unet_transposed": partial(unet, up="transposed"),
    "unet_shuffled": partial(unet, up="shuffled"),
    "pyramid_head": pyramid_head,
    "super_resolution": super_resolution,
    "decoder": decoder,
    "decoder_valid": partial(decoder, padding=VALID),
}


class _UpDrawer(Drawer):
    kind = UpSketch
    _sketch: UpSketch

    def _blocks(self) -> tuple[Callable[[TensorId], TensorId], ...]:
        return (self._window, self._up, self._up, self._up, self._skip, self._skip, self._down, self._elementwise)

    def _factors(self, tensor: TensorId) -> Pair | None:
        _, height, width, channels = self._sketch.shape(tensor)
        factor = st.sampled_from((2, 2, 2, 3, 4, 1))
        found = (1 if height == 1 else self._draw(factor), 1 if width == 1 else self._draw(factor))
        return found if found[0] * found[1] * height * width * channels <= _SIZE_LIMIT else None

    def _up(self, tensor: TensorId) -> TensorId:
        draw, sketch = self._draw, self._sketch
        factors = self._factors(tensor)
        if factors is None:
            return self._window(tensor)
        kinds = ["nearest", "transposed"]
        if self._dtype is not DType.INT16:  # TFLM has no others for it
            kinds += ["transposed", "bilinear", "shuffled"]
        kind = draw(st.sampled_from(kinds))
        if kind == "shuffled":
            block = max(factors)
            if 1 in sketch.shape(tensor)[1:3] or sketch.shape(tensor)[1] * block * sketch.shape(tensor)[2] > 999:
                return self._window(tensor)
            wide = sketch.sliding_conv(tensor, draw(st.integers(1, 2)) * block**2, Sliding((1, 1)), quant=self._quant())
            return sketch.depth_to_space(wide, block)
        if kind == "transposed":
            kernel = tuple(1 if size == 1 else draw(st.integers(1, 5)) for size in sketch.shape(tensor)[1:3])
            how = Sliding((kernel[0], kernel[1]), factors, padding=draw(st.sampled_from((SAME, VALID))))
            activation = draw(st.sampled_from((NONE, RELU)))
            return sketch.transpose_conv(
                tensor, draw(st.integers(1, 4)), how, activation=activation, bias=draw(st.booleans())
            )
        aligned, centered = draw(st.sampled_from(((False, False), (False, True), (False, True), (True, False))))
        return sketch.resize(kind, tensor, factors, aligned=aligned, centered=centered)

    def _down(self, tensor: TensorId) -> TensorId:
        _, height, width, channels = self._sketch.shape(tensor)
        block = self._draw(st.sampled_from((2, 3)))
        if height % block or width % block or channels > 4 or self._dtype is DType.INT16:
            return self._window(tensor)
        return self._sketch.space_to_depth(tensor, block)

    def _skip(self, tensor: TensorId) -> TensorId:
        """Down by a window, something, up again, and both joined."""
        sketch = self._sketch
        _, height, width, _ = sketch.shape(tensor)
        factors = tuple(2 if size % 2 == 0 else 1 for size in (height, width))
        small = sketch.sliding_conv(tensor, 3, Sliding((3, 3), (factors[0], factors[1])), quant=sketch.quant(tensor))
        if self._draw(st.booleans()):
            small = sketch.sliding_conv(small, 2, Sliding((3, 3)), quant=sketch.quant(tensor))
        large = sketch.resize("nearest", small, (factors[0], factors[1]))
        parts = (large, tensor) if self._draw(st.booleans()) else (tensor, large)
        return sketch.concat(*parts)


@st.composite
def upsampling_nets(draw: Callable[..., Any], dtypes: tuple[DType, ...] = (DType.INT8, DType.FLOAT32)) -> Model:
    """Draw a network."""
    return _UpDrawer(draw, dtypes).run()


def doubled(dtype: DType = DType.INT8, channels: int = 8) -> Model:
    """Return a convolution, a transposed one that doubles the image, and a pooling."""
    drawn = UpSketch(dtype)
    tensor = drawn.conv(drawn.input(1, 6, 6, 3), 6)
    tensor = drawn.transpose_conv(tensor, channels, Sliding((3, 3), (2, 2)))
    return drawn.finish(drawn.pool(tensor, 2))
