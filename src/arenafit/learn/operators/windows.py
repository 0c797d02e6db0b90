"""Convolutions and poolings."""

import numpy as np

from arenafit import ops
from arenafit.learn.patches import Axis, axis, padded, put_back, windows
from arenafit.learn.protocol import Array, Call, ForwardBackward, Maker, always
from arenafit.ops import Family


def _axes(call: Call, rows: int, columns: int) -> tuple[Axis, Axis]:
    images = call.array(0)
    return axis(call, "h", images.shape[1], rows), axis(call, "w", images.shape[2], columns)


def patches(call: Call) -> Array:
    """Return the operand of a convolution as rows (N, rows, columns, filter elements) of its one group."""
    images, weights = call.array(0), call.array(1)
    height, width = _axes(call, weights.shape[1], weights.shape[2])
    seen = windows(padded(images, height, width), height, width)
    return seen.reshape(*seen.shape[:3], -1)


def _bias(call: Call) -> Array | None:
    return call.arrays[2] if len(call.arrays) > 2 else None


def _convolve(call: Call) -> tuple[Array, ...]:
    images, weights = call.array(0), call.array(1)
    bias = _bias(call)
    groups = images.shape[3] // weights.shape[3]
    if groups == 1:
        made = patches(call) @ weights.reshape(len(weights), -1).T
    else:
        made = np.concatenate(
            [patches(part) @ part.array(1).reshape(len(part.array(1)), -1).T for part in _groups(call, groups)], axis=3
        )
    return (made if bias is None else made + bias,)


def _groups(call: Call, groups: int) -> list[Call]:
    images, weights = call.array(0), call.array(1)
    depth, count = weights.shape[3], len(weights) // groups
    return [
        Call(
            call.op,
            (images[..., place * depth : (place + 1) * depth], weights[place * count : (place + 1) * count]),
            call.shapes,
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
        to_weights.append((flat.T @ seen.reshape(-1, seen.shape[-1])).reshape(mine.shape))
        back = (flat @ mine.reshape(count, -1)).reshape(*seen.shape[:3], mine.shape[1], mine.shape[2], mine.shape[3])
        to_images.append(put_back(back, own.shape, height, width))
    found: list[Array | None] = [np.concatenate(to_images, axis=3), np.concatenate(to_weights)]
    return [*found, None if _bias(call) is None else gradient.sum(axis=(0, 1, 2))]


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
    back = np.einsum("nhwcm,ijcm->nhwijc", split, weights.reshape(rows, columns, -1, multiplier), optimize=True)
    bias = None if _bias(call) is None else gradient.sum(axis=(0, 1, 2))
    return [put_back(back, images.shape, height, width), to_weights, bias]


def _pool_axes(call: Call) -> tuple[Axis, Axis]:
    return _axes(call, int(call.option("filter_height")), int(call.option("filter_width")))


def _max(call: Call) -> tuple[Array, ...]:
    height, width = _pool_axes(call)
    return (windows(padded(call.array(0), height, width, -np.inf), height, width).max(axis=(3, 4)),)


def _max_back(call: Call, outputs: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    height, width = _pool_axes(call)
    seen = windows(padded(call.array(0), height, width, -np.inf), height, width)
    chosen = seen == outputs[0][:, :, :, None, None, :]
    share = gradients[0] / chosen.sum(axis=(3, 4))
    return [put_back(chosen * share[:, :, :, None, None, :], call.array(0).shape, height, width)]


def _average(call: Call) -> tuple[Array, ...]:
    height, width = _pool_axes(call)
    seen = windows(padded(call.array(0), height, width), height, width).sum(axis=(3, 4))
    return (seen / _inside(call, height, width),)


def _inside(call: Call, height: Axis, width: Axis) -> Array:
    """Return how many elements of each window lie in the image: padding does not count."""
    images = call.array(0)
    ones = np.ones((1, images.shape[1], images.shape[2], 1), images.dtype)
    return np.asarray(windows(padded(ones, height, width), height, width).sum(axis=(3, 4)))


def _average_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    height, width = _pool_axes(call)
    share = (gradients[0] / _inside(call, height, width))[:, :, :, None, None, :]
    shape = (*share.shape[:3], height.filter, width.filter, share.shape[5])
    return [put_back(np.broadcast_to(share, shape), call.array(0).shape, height, width)]


def _pooling(operator: ops.Operator) -> ForwardBackward | None:
    rules = {"max": ForwardBackward(_max, _max_back), "mean": ForwardBackward(_average, _average_back)}
    return None if operator.summary is None else rules.get(operator.summary)


RULES: dict[Family, Maker] = {
    Family.CONVOLUTION: always(ForwardBackward(_convolve, _convolve_back)),
    Family.DEPTHWISE: always(ForwardBackward(_depthwise, _depthwise_back)),
    Family.POOLING: _pooling,
}
