"""Samples made up where there are none: noise of many scales in the range of the input.

What matters to a refit is that neighbours are alike, as in images and spectrograms; it is no substitute for data.
"""

import numpy as np

from arenafit.accuracy.samples import Array, Samples
from arenafit.errors import DataError
from arenafit.ir import DType, Model, Tensor

SYNTHETIC = "synthetic"
_COUNT = 128


def synthetic_samples(model: Model, source: str = SYNTHETIC, seed: int = 0) -> Samples:
    """Return made-up samples of `model`'s inputs; `source` may state their range, such as ``synthetic:-1,1``.

    Float inputs lie in [0, 1] unless it does; integers in the range of their type.

    Raises:
        DataError: if the range is none, or an input holds neither floats nor quantised integers.
    """
    random = np.random.default_rng(seed)
    low, high = _range(source)
    arrays = tuple(_input(model.tensors[item], random, low, high) for item in model.main.inputs)
    return Samples(arrays, (None,) * len(model.main.outputs), source)


def _range(source: str) -> tuple[float, float]:
    _, mark, text = source.partition(":")
    if not mark:
        return 0.0, 1.0
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        low, high = 0.0, 0.0
    if not low < high:
        raise DataError(f"'{source}': state the range of the inputs as synthetic:LOW,HIGH")
    return low, high


def _input(tensor: Tensor, random: np.random.Generator, low: float, high: float) -> Array:
    noise = _noise(tensor.shape, random)
    if tensor.dtype is DType.FLOAT32:
        return (low + noise * (high - low)).astype(np.float32)
    if tensor.dtype not in (DType.INT8, DType.UINT8, DType.INT16):
        raise DataError(f"input '{tensor.name}' is {tensor.dtype.label.lower()}: no samples can be made up for it")
    limits = np.iinfo(tensor.dtype.label.lower())
    made: Array = np.rint(limits.min + noise * (int(limits.max) - int(limits.min))).astype(tensor.dtype.numpy)
    return made


def _noise(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Return noise in [0, 1], (count, *shape): sums of noise held over 1, 2, 4 ... elements along the long axes."""
    made = np.zeros((_COUNT, *shape))
    long = [axis for axis, extent in enumerate(shape) if extent > 4]
    scale = 1
    while scale == 1 or any(shape[axis] > scale for axis in long):
        coarse = tuple(-(-extent // scale) if axis in long else extent for axis, extent in enumerate(shape))
        part = random.uniform(-1.0, 1.0, (_COUNT, *coarse)) * random.uniform(0.0, 1.0, (_COUNT, *(1,) * len(shape)))
        for axis in long:
            part = np.take(part, np.arange(shape[axis]) // scale, axis=axis + 1)
        made += part
        scale *= 2
    return np.clip(0.5 + made * 0.5, 0.0, 1.0)
