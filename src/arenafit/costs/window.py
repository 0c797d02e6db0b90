"""The sliding window of convolutions and pools: how many of its taps fall inside the image."""

from dataclasses import dataclass
from functools import lru_cache

from arenafit.costs.site import OpContext
from arenafit.ir import Tensor


@dataclass(frozen=True, slots=True)
class TapWindow:
    """A kernel of `kernel_h` x `kernel_w` positions over an image.

    Attributes:
        pixels: output pixels, over all images of the batch.
        taps: kernel positions.
        inside: pairs of output pixel and kernel position inside the image.
        rows_inside: pairs of output pixel and kernel row inside the image.
    """

    in_h: int
    out_h: int
    out_w: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    pad_h: int
    pad_w: int
    dilated: bool
    batches: int
    pixels: int
    taps: int
    inside: int
    rows_inside: int


@lru_cache(maxsize=8192)
def taps_inside(size: int, out: int, kernel: int, *, stride: int, dilation: int, pad: int) -> int:
    """Return the pairs (output position, tap) along one axis whose tap reads inside 0 .. size.

    Raises:
        ValueError: for a stride or dilation that no kernel takes.
    """
    if stride <= 0 or dilation < 0:
        raise ValueError(f"stride {stride}, dilation {dilation}")

    def up_to(top: int) -> int:
        return _pairs_up_to(top, max(0, out), max(0, kernel), stride, dilation)

    # Tap and position read the image at position x stride + tap x dilation - pad.
    return up_to(size - 1 + pad) - up_to(pad - 1)


def _pairs_up_to(top: int, out: int, kernel: int, stride: int, dilation: int) -> int:
    """Return the pairs with position x stride + tap x dilation <= top, however large all of them are."""
    positions = min(out, top // stride + 1) if top >= 0 else 0
    if not dilation or not kernel:
        return positions * kernel
    # The first positions have all taps below `top`, the others (top - position x stride) // dilation + 1 of them.
    whole = min(positions, max(0, (top - (kernel - 1) * dilation) // stride + 1))
    rest = positions - whole
    if not rest:
        return whole * kernel
    return whole * kernel + rest + _floor_sum(rest, dilation, stride, top - (positions - 1) * stride)


def _floor_sum(count: int, divisor: int, slope: int, start: int) -> int:
    """Return the sum of (slope x i + start) // divisor over 0 <= i < count, step by step as Euclid's algorithm."""
    total = 0
    while True:
        total += count * (count - 1) // 2 * (slope // divisor) + count * (start // divisor)
        slope, start = slope % divisor, start % divisor
        end = slope * count + start
        if end < divisor:
            return total
        count, start, divisor, slope = end // divisor, end % divisor, slope, divisor


def padding_before(size: int, out: int, kernel: int, stride: int, dilation: int) -> int:
    """Return the padding before the image, as TFLM's ComputePadding (kernels/padding.h) rounds it."""
    return max(0, (out - 1) * stride + (kernel - 1) * dilation + 1 - size) // 2


@lru_cache(maxsize=8192)
def _window(
    image: tuple[int, ...],
    out: tuple[int, ...],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    dilation: tuple[int, int],
) -> TapWindow:
    pad_h = padding_before(image[1], out[1], kernel[0], stride[0], dilation[0])
    pad_w = padding_before(image[2], out[2], kernel[1], stride[1], dilation[1])
    rows = taps_inside(image[1], out[1], kernel[0], stride=stride[0], dilation=dilation[0], pad=pad_h)
    columns = taps_inside(image[2], out[2], kernel[1], stride=stride[1], dilation=dilation[1], pad=pad_w)
    return TapWindow(
        in_h=image[1],
        out_h=out[1],
        out_w=out[2],
        kernel_h=kernel[0],
        kernel_w=kernel[1],
        stride_h=stride[0],
        stride_w=stride[1],
        pad_h=pad_h,
        pad_w=pad_w,
        dilated=dilation != (1, 1),
        batches=out[0],
        pixels=out[0] * out[1] * out[2],
        taps=kernel[0] * kernel[1],
        inside=out[0] * rows * columns,
        rows_inside=out[0] * rows * out[2],
    )


def window(site: OpContext, image: Tensor, out: Tensor, kernel_h: int, kernel_w: int) -> TapWindow:
    """Return the window of an operator with stride, padding and dilation options, over (N, H, W, C) tensors."""
    stride = (site.option("stride_h", 1), site.option("stride_w", 1))
    dilation = (site.option("dilation_h_factor", 1), site.option("dilation_w_factor", 1))
    return _window(image.shape, out.shape, (kernel_h, kernel_w), stride, dilation)
