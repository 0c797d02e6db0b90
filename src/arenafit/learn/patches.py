"""Windows of images as rows of a matrix (im2col), and their gradients put back (col2im); images are (N, H, W, C)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from arenafit.learn.protocol import Array, Call

_SAME = 0


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a window: its filter, stride, dilation, padding in front and behind, and how many windows fit."""

    filter: int
    stride: int
    dilation: int
    before: int
    behind: int
    count: int


def axis(call: Call, name: str, size: int, window: int) -> Axis:
    """Return the axis ``h`` or ``w`` of the windows of `call` over `size` elements."""
    stride = int(call.option(f"stride_{name}", 1))
    dilation = int(call.option(f"dilation_{name}_factor", 1) or 1)
    reach = (window - 1) * dilation + 1
    if int(call.option("padding", 1)) == _SAME:
        count = -(-size // stride)
        total = max(0, (count - 1) * stride + reach - size)
        return Axis(window, stride, dilation, total // 2, total - total // 2, count)
    return Axis(window, stride, dilation, 0, 0, (size - reach) // stride + 1)


def padded(images: Array, height: Axis, width: Axis, value: float = 0.0) -> Array:
    """Return the images with their padding."""
    margins = ((0, 0), (height.before, height.behind), (width.before, width.behind), (0, 0))
    return np.pad(images, margins, constant_values=value) if any(map(any, margins)) else images


def windows(images: Array, height: Axis, width: Axis) -> Array:
    """Return a view of padded images as (N, rows, columns, filter height, filter width, C)."""
    batch, row, column, channel = images.strides
    shape = (len(images), height.count, width.count, height.filter, width.filter, images.shape[3])
    strides = (
        batch,
        row * height.stride,
        column * width.stride,
        row * height.dilation,
        column * width.dilation,
        channel,
    )
    return as_strided(images, shape, strides, writeable=False)


def elements(images: Array, height: Axis, width: Axis) -> Iterator[Array]:
    """Yield views of padded images, (N, rows, columns, C): the same element of all windows, filter row by row."""
    for row in range(height.filter):
        top = row * height.dilation
        for column in range(width.filter):
            left = column * width.dilation
            yield images[
                :,
                top : top + height.count * height.stride : height.stride,
                left : left + width.count * width.stride : width.stride,
            ][:, : height.count, : width.count]


def along(images: Array, axis: Axis, number: int) -> Iterator[Array]:
    """Yield views of padded images: the same element of all windows along axis `number`, the others whole."""
    for element in range(axis.filter):
        first = element * axis.dilation
        taken = slice(first, first + (axis.count - 1) * axis.stride + 1, axis.stride)
        yield images[(slice(None),) * number + (taken,)]


def without_padding(images: Array, shape: tuple[int, ...], height: Axis, width: Axis) -> Array:
    """Return the part of padded images that is the images, of `shape`."""
    return images[:, height.before : height.before + shape[1], width.before : width.before + shape[2]]


def put_back(gradient: Array, shape: tuple[int, ...], height: Axis, width: Axis) -> Array:
    """Return the gradient of images of `shape` from that of their `windows`."""
    batch, rows, columns, channels = shape
    made = np.zeros(
        (batch, rows + height.before + height.behind, columns + width.before + width.behind, channels), gradient.dtype
    )
    places = [(row, column) for row in range(height.filter) for column in range(width.filter)]
    for (row, column), part in zip(places, elements(made, height, width), strict=True):
        np.add(part, gradient[:, :, :, row, column], out=part)
    return without_padding(made, shape, height, width)
