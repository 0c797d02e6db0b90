"""Candidates that a user's own training code makes of a set of parameters."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from arenafit.accuracy.binding import bind
from arenafit.accuracy.samples import Raw, Samples, input_ports
from arenafit.accuracy.sources import MOST_TRAINING_BYTES, find
from arenafit.errors import ArenafitError, ConfigError, DataError, UnsupportedModelError
from arenafit.ir import DType, Editor, Model
from arenafit.sweep.model_source import CALIBRATED_BY, GENTLER
from arenafit.sweep.protocol import Candidate, Reference, Report, Trained
from arenafit.sweep.space import Params, digest, loaded
from arenafit.sweep.training_set import split
from arenafit.tflite import read_bytes, read_file

_FEWEST = 8
_VALIDATION_SHARE = 0.2
# What the function may take besides the architecture.
UNTRAINED, SEED, EPOCHS, RATE = "untrained", "seed", "effort", "rate"


class CodeSource:
    """Calls ``function(architecture, ...)``, which returns a model for a dict of parameters.

    It returns the bytes of a ``.tflite``, its path, a Keras model, or a converter. If it takes ``untrained``, it is
    called with True first, so that the candidate is priced before it is trained; ``seed`` is the seed of the training,
    ``effort`` how many times as long it shall take as in the search, ``rate`` a factor of its learning rate (1, or 1/3
    when a training came to nothing).
    """

    def __init__(self, name: str, data: str, validation: str | None, evaluation: str | None, seed: int = 0) -> None:
        """Import the function.

        Raises:
            ConfigError: if there is none.
        """
        module, colon, function = name.partition(":")
        if not colon or not module or not function:
            raise ConfigError(f"--train {name}: write module:function")
        self._name, self._seed = name, seed
        self._function: Callable[..., Any] = loaded(module, function, name)
        self._takes = _named(self._function)
        self._data, self._validation, self._evaluation = data, validation, evaluation
        self._found: dict[str, Raw] = {}

    @property
    def prices_first(self) -> bool:
        """Whether the function makes an untrained model, so that a price comes before the training."""
        return UNTRAINED in self._takes

    def candidate(self, params: Params) -> Candidate:
        """Return the candidate, with its untrained model if the function makes one."""
        settings = tuple(f"{name}={value}" for name, value in params.items())
        model = self._called(params, untrained=True) if self.prices_first else None
        return Candidate(params, digest(params), settings, model)

    def train(self, candidate: Candidate, seed: int, effort: int, report: Report) -> Trained:
        """Return what the function makes of the parameters."""
        report("training")
        model = self._called(candidate.params, seed=seed, effort=effort)
        return Trained(model)

    def gentler(self, candidate: Candidate, seed: int, effort: int) -> Model | None:
        """Return the model of a training at a third of the rate, None if the function takes no rate."""
        if RATE not in self._takes:
            return None
        return self._called(candidate.params, seed=seed, effort=effort, rate=1 / GENTLER)

    def reference(self) -> Reference | None:
        """Return None: there is no original; losses are compared with those of the default parameters."""
        return None

    def calibration(self, model: Model) -> Samples:
        """Return samples to quantise `model` by."""
        return self._bound(self._data, model).first(CALIBRATED_BY)

    def validation(self, model: Model) -> Samples:
        """Return the validation samples; a fifth of the data where there are none of their own."""
        if self._validation is not None:
            return self._bound(self._validation, model)
        return split(self._bound(self._data, model), _VALIDATION_SHARE, self._seed)[1]

    def evaluation(self, model: Model) -> Samples | None:
        """Return the samples for the verdict."""
        return None if self._evaluation is None else self._bound(self._evaluation, model)

    def _bound(self, source: str, model: Model) -> Samples:
        if source not in self._found:
            self._found[source] = find(source, most_bytes=MOST_TRAINING_BYTES)
        wide = with_float_inputs(model)  # real samples serve a quantised model, too: they are quantised as it wants
        found = bind(_resized(self._found[source], wide), wide, fewest=_FEWEST)
        if all(label is None for label in found.labels):
            raise DataError(f"{source}: holds no labels; without an original model there is nothing else to judge by")
        return found

    def _called(self, params: Params, **options: Any) -> Model:
        given = {name: value for name, value in options.items() if name in self._takes}
        try:
            made = self._function(dict(params), **given)
        except ArenafitError:
            raise
        except Exception as error:  # noqa: BLE001 - it is the user's code: whatever it raises is news for them
            raise UnsupportedModelError(f"{self._name}: {type(error).__name__}: {error}") from None
        if given.get(UNTRAINED) and _is_keras(made):
            randomise(made)
        return read_bytes(content_of(made, self._name), self._name)


def with_float_inputs(model: Model) -> Model:
    """Return the model with float inputs in name, to bind samples to; it is not to be run."""
    editor = Editor(model)
    for item in model.main.inputs:
        tensor = model.tensors[item]
        if tensor.quant is not None and tensor.quant.scales:
            editor.update_tensor(replace(tensor, dtype=DType.FLOAT32, quant=None))
    return editor.build()


def _named(function: Callable[..., Any]) -> frozenset[str]:
    try:
        parameters: Mapping[str, inspect.Parameter] = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return frozenset()
    if any(item.kind is inspect.Parameter.VAR_KEYWORD for item in parameters.values()):
        return frozenset({UNTRAINED, SEED, EPOCHS, RATE})
    return frozenset(parameters)


def content_of(made: object, name: str) -> bytes:
    """Return the ``.tflite`` that training code returned: bytes, a path, a converter, a Keras model.

    Raises:
        ConfigError: if it is none of them.
    """
    if isinstance(made, bytes | bytearray):
        return bytes(made)
    if isinstance(made, str | Path):
        return read_file(Path(made))
    convert = getattr(made, "convert", None)
    if callable(convert):
        return bytes(convert())
    if _is_keras(made):
        return _converted(made, name)
    raise ConfigError(
        f"{name}: returned a {type(made).__name__}; the bytes of a .tflite, its path, a Keras model or a converter are"
        " expected"
    )


def _is_keras(made: object) -> bool:
    return hasattr(made, "get_config") and hasattr(made, "layers")


def randomise(model: Any) -> None:
    """Put random numbers, none of them zero, in the place of all weights of a Keras model.

    Before training biases are zero, and equal to each other: the converter leaves out what adds zero and stores equal
    constants once, so the price would be that of another model than the trained one. Trainable weights get both signs,
    or `fit` would find activations that do nothing; the others, variances among them, stay above zero.
    """
    random = np.random.default_rng(0)

    def drawn(variable: Any, values: Any) -> Any:
        if values.dtype.kind != "f":
            return values
        signs = random.choice((-1.0, 1.0), values.shape) if variable.trainable else 1.0
        return (signs * random.uniform(0.5, 1.0, values.shape)).astype(values.dtype)

    weights = zip(model.weights, model.get_weights(), strict=True)
    model.set_weights([drawn(variable, values) for variable, values in weights])


def _converted(model: Any, name: str) -> bytes:
    try:
        import tensorflow as tf  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise ConfigError(f"{name}: returned a Keras model, and TensorFlow's converter is missing ({error})") from None
    return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


def _resized(raw: Raw, model: Model) -> Raw:
    """Return the data averaged down to another resolution than they have, if the model's one input wants that."""
    from arenafit.sweep.resize import resized  # noqa: PLC0415 - only where shapes differ

    ports = input_ports(model)
    if len(ports) != 1:
        return raw
    wanted = ports[0].shape[1:]

    def fits(array: Any) -> Any:
        shape = array.shape[1:]
        differs = len(shape) == len(wanted) and len(shape) > 1 and shape != wanted and array.dtype.kind == "f"
        smaller = differs and shape[-1] == wanted[-1] and all(a >= b for a, b in zip(shape, wanted, strict=True))
        return resized(array, wanted) if smaller else array

    named = {name: fits(array) for name, array in raw.named.items()}
    return Raw(named, tuple(fits(array) for array in raw.ordered), raw.source, raw.are_samples)
