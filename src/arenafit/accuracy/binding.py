"""Makes arrays fit the inputs and outputs of a model, or says which one does not and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from arenafit.accuracy.checks import check_counts, check_values, in_pieces
from arenafit.accuracy.samples import Port, Raw, Samples, input_ports, output_ports
from arenafit.accuracy.sources import find
from arenafit.errors import DataError
from arenafit.ir import DType

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from arenafit.accuracy.samples import Array
    from arenafit.ir import Model

# What arrays of labels are called when the model has one output, after the output's own names.
LABEL_NAMES = ("labels", "label", "y", "targets", "target")
# What the samples are called when the model has one input, after the input's own names.
INPUT_NAMES = ("x", "X", "input", "inputs", "data")

FEWEST_CALIBRATION_SAMPLES = 8
FEWEST_EVALUATION_SAMPLES = 2


def load_calibration(source: str, model: Model, *, most_bytes: int | None = None) -> Samples:
    """Return the calibration samples that `source` names (see `sources.find`), checked against `model`.

    Raises:
        DataError: naming the array and what is wrong with it: missing, wrong shape, type or range, too few samples,
            NaN, constant.
    """
    return bind(find(source, most_bytes=most_bytes), model, fewest=FEWEST_CALIBRATION_SAMPLES)


def load_evaluation(source: str, model: Model, *, most_bytes: int | None = None) -> Samples:
    """Return the evaluation samples that `source` names, with their labels if there are any.

    Labels are arrays called as the model's outputs, or ``labels``, ``y``, ``targets`` for a model with one output:
    integers (N,) are classes, floats of the output's shape are target values.

    Raises:
        DataError: as `load_calibration`.
    """
    return bind(find(source, most_bytes=most_bytes), model, fewest=FEWEST_EVALUATION_SAMPLES)


def load_inputs(source: str, model: Model) -> list[tuple[Array, ...]]:
    """Return the input sets that `source` names, to run `model` on.

    Raises:
        DataError: as `load_calibration`; one sample is enough.
    """
    return list(bind(find(source), model, fewest=1))


def bind(raw: Raw, model: Model, *, fewest: int) -> Samples:
    """Return `raw` as samples of `model`.

    Raises:
        DataError: as `load_calibration`.
    """
    inputs, outputs = input_ports(model), output_ports(model)
    columns, rest = _columns(raw, inputs)
    arrays = tuple(_fitted(array, port, raw.source) for array, port in zip(columns, inputs, strict=True))
    check_counts(arrays, inputs, raw.source, fewest)
    for array, port in zip(arrays, inputs, strict=True):
        check_values(array, port, raw.source)
    labels = tuple(_labels(rest, port, len(arrays[0]), raw.source, only=len(outputs) == 1) for port in outputs)
    return Samples(arrays, labels, raw.source)


def _columns(raw: Raw, inputs: Sequence[Port]) -> tuple[list[Array], Mapping[str, Array]]:
    if raw.ordered:
        return _by_order(raw, inputs)
    rest = dict(raw.named)
    columns = []
    for port in inputs:
        names = (*port.names, *(INPUT_NAMES if len(inputs) == 1 else ()))
        name = next((name for name in names if name in rest), None)
        if name is None:
            return _without_names(raw, inputs, port)
        columns.append(rest.pop(name))
    return columns, rest


def _by_order(raw: Raw, inputs: Sequence[Port]) -> tuple[list[Array], Mapping[str, Array]]:
    extra = raw.ordered[len(inputs) :]
    if len(raw.ordered) < len(inputs) or len(extra) > 1:
        wanted = ", ".join(f"'{port.name}'" for port in inputs)
        raise DataError(f"{raw.source}: {len(raw.ordered)} arrays, but the model has {len(inputs)} inputs ({wanted})")
    return list(raw.ordered[: len(inputs)]), dict(zip(LABEL_NAMES, extra, strict=False))


def _without_names(raw: Raw, inputs: Sequence[Port], missing: Port) -> tuple[list[Array], Mapping[str, Array]]:
    """Take what has no telling names: np.savez's arr_0, arr_1 …, a folder of samples, or the one array there is."""
    unnamed = sorted((name for name in raw.named if name.startswith("arr_")), key=lambda name: (len(name), name))
    labels = {name: array for name, array in raw.named.items() if name in LABEL_NAMES}
    if len(unnamed) >= len(inputs):
        rest = [raw.named[name] for name in unnamed[len(inputs) :]]
        return [raw.named[name] for name in unnamed[: len(inputs)]], labels or dict(
            zip(LABEL_NAMES, rest, strict=False)
        )
    if raw.are_samples and len(inputs) == 1:
        return [_stacked(raw)], {}
    others = [array for name, array in raw.named.items() if name not in labels]
    if len(inputs) == 1 and len(others) == 1:
        return others, labels
    names = ", ".join(f"'{name}'" for name in raw.named)
    raise DataError(f"{raw.source}: holds no array for input '{missing.name}' (it has {names})")


def _stacked(raw: Raw) -> Array:
    items = list(raw.named.items())
    first = items[0]
    for name, array in items:
        if array.shape != first[1].shape:
            raise DataError(f"{raw.source}: {name}.npy has shape {array.shape}, {first[0]}.npy has {first[1].shape}")
    return np.stack([array for _, array in items])


def _fitted(array: Array, port: Port, source: str) -> Array:
    where = f"{source}: input '{port.name}'"
    shapes = dict.fromkeys([(port.shape), port.sample_shape])
    if array.ndim == 0 or array.shape[1:] not in shapes:
        wanted = " or ".join(str(("N", *shape)).replace("'", "") for shape in reversed(shapes))
        raise DataError(f"{where}: has shape {array.shape}; the model takes {wanted}")
    return _converted(array, port, where).reshape((len(array), *port.shape))


def _converted(array: Array, port: Port, where: str) -> Array:
    wanted = port.dtype.numpy
    if array.dtype == wanted:
        return array
    if port.dtype is DType.FLOAT32 and array.dtype.kind == "f":
        if any(_largest_finite(piece) > float(np.finfo(np.float32).max) for piece in in_pieces(array)):
            raise DataError(f"{where}: holds values beyond the range of float32")
        return array.astype(np.float32)
    if port.dtype is DType.FLOAT32:
        raise DataError(
            f"{where}: holds {array.dtype}, the model takes float32: "
            "scale the data as in training and save it as float32"
        )
    if array.dtype.kind in "iu" and np.dtype(wanted).kind in "iu":
        limits = np.iinfo(port.dtype.label.lower())
        if array.size and (array.min() < limits.min or array.max() > limits.max):
            raise DataError(f"{where}: holds values outside the range of {port.dtype.label.lower()}")
        return array.astype(wanted)
    raise DataError(f"{where}: holds {array.dtype}, the model takes {port.dtype.label.lower()}")


def _largest_finite(array: Array) -> float:
    return float(np.abs(array[np.isfinite(array)]).max(initial=0))


def _labels(rest: Mapping[str, Array], port: Port, count: int, source: str, *, only: bool) -> Array | None:
    names = (*port.names[:-1], *(LABEL_NAMES if only else ()), *(f"labels_{name}" for name in port.names[:-1]))
    name = next((name for name in names if name in rest), None)
    if name is None:
        return None
    labels = rest[name]
    where = f"{source}: labels '{name}'"
    if len(labels) != count:
        raise DataError(f"{where}: {len(labels)} labels for {count} samples")
    if labels.dtype.kind in "iub":
        return _classes(labels, port, where)
    if labels.dtype.kind != "f":
        raise DataError(f"{where}: hold {labels.dtype}; integers are classes, floats are target values")
    if labels.shape[1:] not in (port.shape, port.sample_shape) and labels.size != count * int(np.prod(port.shape)):
        raise DataError(f"{where}: have shape {labels.shape}; output '{port.name}' has {port.shape}")
    if not np.isfinite(labels).all():
        raise DataError(f"{where}: hold NaN or infinity")
    return labels.astype(np.float32)


def _classes(labels: Array, port: Port, where: str) -> Array:
    flat = labels.reshape(len(labels), -1)
    if flat.shape[1] != 1:
        raise DataError(f"{where}: have shape {labels.shape}; classes are one integer per sample")
    values = flat[:, 0].astype(np.int64)
    elements = int(np.prod(port.shape))
    classes = max(2, elements)
    if values.min() < 0 or values.max() >= classes:
        raise DataError(
            f"{where}: reach from {values.min()} to {values.max()}, output '{port.name}' has {classes} classes"
        )
    return values
