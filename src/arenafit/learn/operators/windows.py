"""Convolutions and poolings."""

import numpy as np

from arenafit import ops
from arenafit.learn.patches import Axis, along, axis, elements, padded, put_back, windows, without_padding
from arenafit.learn.protocol import Array, Call, ForwardBackward, Maker, always
from arenafit.ops import Family

# Up to so many channels windows are copied by filter element, not by position.
_FEW_CHANNELS = 4


def _axes(call: Call, rows: int, columns: int) -> tuple[Axis, Axis]:
    images = call.array(0)
    return axis(call, "h", images.shape[1], rows), axis(call, "w", images.shape[2], columns)


def patches(call: Call) -> Array:
    """Return the operand of a convolution as rows (N * rows * columns, filter elements) of its one group."""
    images, weights = call.array(0), call.array(1)
    height, width = _axes(call, weights.shape[1], weights.shape[2])
    wide = padded(images, height, width)
    depth = images.shape[3]
    if depth > _FEW_CHANNELS:
        return windows(wide, height, width).reshape(-1, weights.shape[1] * weights.shape[2] * depth)
    # Element by element of the filter, whole images at a time: rows of few channels are slow to copy one by one.
    made = np.empty((weights.shape[1] * weights.shape[2], depth, len(images), height.count, width.count), images.dtype)
    for place, part in enumerate(elements(wide, height, width)):
        for channel in range(depth):
            made[place, channel] = part[..., channel]
    return made.reshape(made.shape[0] * depth, -1).T


def _bias(call: Call) -> Array | None:
    return call.arrays[2] if len(call.arrays) > 2 else None


def _convolve(call: Call) -> tuple[Array, ...]:
    images, weights = call.array(0), call.array(1)
    bias = _bias(call)
    groups = images.shape[3] // weights.shape[3]
    if groups == 1:
        made = _one_group(call)
    else:
        made = np.concatenate([_one_group(part) for part in _groups(call, groups)], axis=3)
    return (made if bias is None else made + bias,)


def _one_group(call: Call) -> Array:
    images, weights = call.array(0), call.array(1)
    height, width = _axes(call, weights.shape[1], weights.shape[2])
    flat = patches(call) @ weights.reshape(len(weights), -1).T
    return flat.reshape(len(images), height.count, width.count, len(weights))


def _groups(call: Call, groups: int) -> list[Call]:
    images, weights = call.array(0), call.array(1)
    depth, count = weights.shape[3], len(weights) // groups
    return [
        Call(
            call.op,
            (images[..., place * depth : (place + 1) * depth], weights[place * count : (place + 1) * count]),
            call.shapes,
            call.wants,
        )
        for place in range(groups)
    ]


def _convolve_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    (gradient,) = gradients
    images, weights = call.array(0), call.array(1)
    groups = images.shape[3] // weights.shape[3]
    count = len(weights) // groups
    to_images, to_weights = [], []
    for place, part in enumerate(_groups(call, groups)):
        own, mine = part.array(0), part.array(1)
        height, width = _axes(part, mine.shape[1], mine.shape[2])
        flat = gradient[..., place * count : (place + 1) * count].reshape(-1, count)
        seen = patches(part)
        to_weights.append((flat.T @ seen).reshape(mine.shape))
        if call.wants_gradient(0):
            to_images.append(_images_back(flat, mine, own.shape, height, width))
    images_gradient = np.concatenate(to_images, axis=3) if to_images else None
    found: list[Array | None] = [images_gradient, np.concatenate(to_weights)]
    return [*found, None if _bias(call) is None else gradient.sum(axis=(0, 1, 2))]


def _images_back(flat: Array, weights: Array, shape: tuple[int, ...], height: Axis, width: Axis) -> Array:
    """Return the gradient of images of `shape` from that of the outputs, (N * rows * columns, filters)."""
    rows, columns = shape[1] + height.before + height.behind, shape[2] + width.before + width.behind
    made = np.zeros((shape[0], rows, columns, shape[3]), flat.dtype)
    filters = weights.reshape(len(weights), -1, shape[3])
    for place, part in enumerate(elements(made, height, width)):
        np.add(part, (flat @ filters[:, place]).reshape(part.shape), out=part)
    return without_padding(made, shape, height, width)


def _depthwise(call: Call) -> tuple[Array, ...]:
    images, weights = call.array(0), call.array(1)
    bias = _bias(call)
    _, rows, columns, count = weights.shape
    multiplier = count // images.shape[3]
    height, width = _axes(call, rows, columns)
    seen = windows(padded(images, height, width), height, width)
    made = np.einsum("nhwijc,ijcm->nhwcm", seen, weights.reshape(rows, columns, -1, multiplier), optimize=True)
    made = made.reshape(*made.shape[:3], count)
    return (made if bias is None else made + bias,)


def _depthwise_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    (gradient,) = gradients
    images, weights = call.array(0), call.array(1)
    _, rows, columns, count = weights.shape
    multiplier = count // images.shape[3]
    height, width = _axes(call, rows, columns)
    seen = windows(padded(images, height, width), height, width)
    split = gradient.reshape(*gradient.shape[:3], -1, multiplier)
    to_weights = np.einsum("nhwijc,nhwcm->ijcm", seen, split, optimize=True).reshape(weights.shape)
    bias = None if _bias(call) is None else gradient.sum(axis=(0, 1, 2))
    if not call.wants_gradient(0):
        return [None, to_weights, bias]
    back = np.einsum("nhwcm,ijcm->nhwijc", split, weights.reshape(rows, columns, -1, multiplier), optimize=True)
    return [put_back(back, images.shape, height, width), to_weights, bias]


def _pool_axes(call: Call) -> tuple[Axis, Axis]:
    return _axes(call, int(call.option("filter_height")), int(call.option("filter_width")))


def _max(call: Call) -> tuple[Array, ...]:
    height, width = _pool_axes(call)
    images = padded(call.array(0), height, width, -np.inf)
    return (_largest(_largest(images, height, 1), width, 2),)


def _largest(images: Array, axis: Axis, number: int) -> Array:
    """Return the maxima of the windows along one axis; first rows, then columns, is quickest on (N, H, W, C)."""
    parts = along(images, axis, number)
    made = next(parts).copy()
    for part in parts:
        np.maximum(made, part, out=made)
    return made


def _largest_back(images: Array, axis: Axis, number: int, outputs: Array, gradient: Array) -> Array:
    """Return the gradient of `images`; that of a window is shared among the elements that are its maximum."""
    masks = [part == outputs for part in along(images, axis, number)]
    count = np.zeros(outputs.shape, gradient.dtype)
    for mask in masks:
        count += mask
    share = gradient / count
    made = np.zeros(images.shape, gradient.dtype)
    for mask, place in zip(masks, along(made, axis, number), strict=True):
        if axis.stride >= axis.filter:  # no element is in two windows
            np.multiply(mask, share, out=place)
        else:
            np.add(place, mask * share, out=place)
    return made


def _max_back(call: Call, outputs: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    height, width = _pool_axes(call)
    images = padded(call.array(0), height, width, -np.inf)
    rows = _largest(images, height, 1)
    found = _largest_back(images, height, 1, rows, _largest_back(rows, width, 2, outputs[0], gradients[0]))
    return [without_padding(found, call.array(0).shape, height, width)]


def _average(call: Call) -> tuple[Array, ...]:
    height, width = _pool_axes(call)
    images = padded(call.array(0), height, width)
    return (sum(elements(images, height, width)) / _inside(call, height, width),)


def _inside(call: Call, height: Axis, width: Axis) -> Array:
    """Return how many elements of each window lie in the image: padding does not count."""
    images = call.array(0)
    ones = np.ones((1, images.shape[1], images.shape[2], 1), images.dtype)
    return np.asarray(windows(padded(ones, height, width), height, width).sum(axis=(3, 4)))


def _average_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    height, width = _pool_axes(call)
    share = gradients[0] / _inside(call, height, width)
    images = padded(call.array(0), height, width)
    made = np.zeros(images.shape, share.dtype)
    for place in elements(made, height, width):
        np.add(place, share, out=place)
    return [without_padding(made, call.array(0).shape, height, width)]


def _pooling(operator: ops.Operator) -> ForwardBackward | None:
    rules = {"max": ForwardBackward(_max, _max_back), "mean": ForwardBackward(_average, _average_back)}
    return None if operator.summary is None else rules.get(operator.summary)


RULES: dict[Family, Maker] = {
    Family.CONVOLUTION: always(ForwardBackward(_convolve, _convolve_back)),
    Family.DEPTHWISE: always(ForwardBackward(_depthwise, _depthwise_back)),
    Family.POOLING: _pooling,
}
