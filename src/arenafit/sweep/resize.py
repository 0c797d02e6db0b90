"""Samples at another resolution: means over whole blocks where those fit, else over areas."""

import numpy as np

from arenafit.accuracy.samples import Samples
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model
from arenafit.learn.protocol import Array
from arenafit.structure.resolution import positioned


def means(old: int, new: int) -> Array:
    """Return the matrix (new, old) that makes `new` means of `old` values.

    Blocks of a whole number of values, if what is left over at the end is less than a block; else areas of equal size,
    values that lie in two of them shared out.
    """
    made = np.zeros((new, old))
    block = old // new
    if block * new + block > old:
        for place in range(new):
            made[place, place * block : (place + 1) * block] = 1.0 / block
        return made
    edges = np.linspace(0.0, old, new + 1)
    for place in range(new):
        low, high = edges[place], edges[place + 1]
        for index in range(int(low), min(old, int(np.ceil(high)))):
            made[place, index] = min(high, index + 1) - max(low, index)
        made[place] /= made[place].sum()
    return made


def resized(array: Array, shape: tuple[int, ...]) -> Array:
    """Return samples (N, *old) as (N, *shape), of the same rank, each axis averaged down."""
    if array.ndim != len(shape) + 1:
        raise UnsupportedModelError(f"samples of shape {array.shape[1:]} are not brought to {shape}")
    made = array
    for axis, extent in enumerate(shape, start=1):
        old = made.shape[axis]
        if old < extent:
            raise UnsupportedModelError(f"samples of {old} positions are not brought to {extent}: more cannot be made")
        if old != extent:
            matrix = means(old, extent).astype(np.float32)
            made = np.moveaxis(np.tensordot(made, matrix, axes=(axis, 1)), -1, axis)
    return np.ascontiguousarray(made, np.float32) if made is not array else array


def matching(samples: Samples, original: Model, model: Model) -> Samples:
    """Return samples of `original`'s inputs, (N, 1, ...), as `model`, which is made from it, takes them."""
    arrays = []
    for array, before, after in zip(samples.arrays, original.main.inputs, model.main.inputs, strict=True):
        old, new = original.tensors[before].shape, model.tensors[after].shape
        if old == new:
            arrays.append(array)
            continue
        wide, narrow = positioned(original.main), positioned(model.main)
        if wide is None or narrow is None:
            raise UnsupportedModelError(f"samples of shape {old} are not brought to {new}")
        flat = array.reshape(len(array), *wide.shape[1:])
        arrays.append(resized(flat, narrow.shape[1:]).reshape(len(array), *new))
    return Samples(tuple(arrays), samples.labels, samples.source)
