"""Operators that move elements, join and cut tensors, and sum over axes."""

from collections.abc import Mapping

import numpy as np

from arenafit import ops
from arenafit.learn.protocol import Array, Backward, Call, ForwardBackward, Maker, always, single
from arenafit.ops import Family


def _shaped(call: Call) -> Array:
    (shape,) = call.shapes
    return call.array(0).reshape(-1, *shape[1:]) if shape else call.array(0).reshape(-1)


def _shaped_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    return [gradients[0].reshape(call.array(0).shape)]


def _order(call: Call) -> list[int]:
    return [int(axis) for axis in call.array(1).reshape(-1)]


def _transpose_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    return [np.transpose(gradients[0], np.argsort(_order(call)))]


def _parts(call: Call) -> list[Array]:
    """Return the operands, those without a batch repeated for it."""
    batch = max(len(array) for array in call.arrays if array is not None and array.ndim)
    found = [array for array in call.arrays if array is not None]
    return [np.broadcast_to(array, (batch, *array.shape[1:])) if len(array) == 1 else array for array in found]


def _concatenate(call: Call) -> Array:
    return np.concatenate(_parts(call), axis=int(call.option("axis", -1)))


def _concatenate_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    axis = int(call.option("axis", -1))
    ends = np.cumsum([array.shape[axis] for array in _parts(call)])[:-1]
    return list(np.split(gradients[0], ends.tolist(), axis=axis))


def _margins(call: Call) -> list[tuple[int, int]]:
    return [(int(before), int(behind)) for before, behind in call.array(1).reshape(-1, 2)]


def _pad(call: Call) -> Array:
    value = float(call.array(2).reshape(-1)[0]) if len(call.arrays) > 2 and call.arrays[2] is not None else 0.0
    return np.pad(call.array(0), _margins(call), constant_values=value)


def _pad_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    shape = call.array(0).shape
    places = zip(_margins(call), shape, strict=True)
    return [gradients[0][tuple(slice(before, before + extent) for (before, _), extent in places)]]


def _axes(call: Call) -> tuple[int, ...]:
    rank = call.array(0).ndim
    return tuple(sorted({int(axis) % rank for axis in call.array(1).reshape(-1)}))


def _reduced(call: Call, function: str) -> Array:
    made = getattr(call.array(0), function)(axis=_axes(call), keepdims=bool(call.option("keep_dims")))
    return np.asarray(made)


def _spread(call: Call, gradient: Array) -> Array:
    if not call.option("keep_dims"):
        gradient = np.expand_dims(gradient, _axes(call))
    return np.broadcast_to(gradient, call.array(0).shape)


def _mean_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    count = np.prod([call.array(0).shape[axis] for axis in _axes(call)])
    return [_spread(call, gradients[0]) / call.array(0).dtype.type(count)]


def _sum_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    return [_spread(call, gradients[0]).copy()]


def _index(call: Call) -> tuple[slice | int, ...]:
    begins, ends, steps = (call.array(place).reshape(-1).tolist() for place in (1, 2, 3))
    if any(call.option(name) for name in ("ellipsis_mask", "new_axis_mask", "offset")):
        raise ValueError("a slice of this form is not followed")
    found: list[slice | int] = []
    for axis, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        bit = 1 << axis
        if axis == 0:
            found.append(slice(None))  # the batch
        elif int(call.option("shrink_axis_mask", 0)) & bit:
            found.append(int(begin))
        else:
            first = None if int(call.option("begin_mask", 0)) & bit else int(begin)
            last = None if int(call.option("end_mask", 0)) & bit else int(end)
            found.append(slice(first, last, int(step)))
    return tuple(found)


def _slice_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    made = np.zeros_like(call.array(0))
    made[_index(call)] = gradients[0]
    return [made]


def _split(call: Call) -> tuple[Array, ...]:
    return tuple(np.split(call.array(1), len(call.op.outputs), axis=int(call.array(0).reshape(-1)[0])))


def _split_back(call: Call, _: tuple[Array, ...], gradients: tuple[Array, ...]) -> list[Array | None]:
    return [None, np.concatenate(gradients, axis=int(call.array(0).reshape(-1)[0]))]


def _sources(call: Call, size: int, count: int) -> Array:
    """Return which element each of `count` is taken from, as resize_nearest_neighbor.h of the reference kernels."""
    offset = 0.5 if call.option("half_pixel_centers") else 0.0
    corners = bool(call.option("align_corners")) and count > 1
    scale = np.float32((size - 1) / (count - 1) if corners else size / count)
    places = (np.arange(count, dtype=np.float32) + np.float32(offset)) * scale
    whole = np.round(places) if corners else np.floor(places)
    return np.asarray(np.minimum(whole, size - 1), np.int64)


def _nearest(call: Call) -> Array:
    images = call.array(0)
    rows, columns = (int(extent) for extent in call.array(1).reshape(-1))
    row, column = _sources(call, images.shape[1], rows), _sources(call, images.shape[2], columns)
    return images[:, row][:, :, column]


_REDUCTION_BACK: Mapping[str, Backward] = {"mean": _mean_back, "sum": _sum_back}


def _reduction(operator: ops.Operator) -> ForwardBackward | None:
    summary = operator.summary
    if summary is None:
        return None
    return ForwardBackward(single(lambda call: _reduced(call, summary)), _REDUCTION_BACK.get(summary))


def _resizing(operator: ops.Operator) -> ForwardBackward | None:
    # Means of four elements are not differentiated.
    return ForwardBackward(single(_nearest)) if operator.repeats else None


RULES: dict[Family, Maker] = {
    Family.RESHAPING: always(ForwardBackward(single(_shaped), _shaped_back)),
    Family.SQUEEZING: always(ForwardBackward(single(_shaped), _shaped_back)),
    Family.EXPANSION: always(ForwardBackward(single(_shaped), _shaped_back)),
    Family.TRANSPOSITION: always(
        ForwardBackward(single(lambda call: np.transpose(call.array(0), _order(call))), _transpose_back)
    ),
    Family.JOINING: always(ForwardBackward(single(_concatenate), _concatenate_back)),
    Family.PADDING: always(ForwardBackward(single(_pad), _pad_back)),
    Family.STRIDED_SLICE: always(ForwardBackward(single(lambda call: call.array(0)[_index(call)]), _slice_back)),
    Family.SPLITTING: always(ForwardBackward(_split, _split_back)),
    Family.REDUCTION: _reduction,
    Family.RESIZING: _resizing,
}
