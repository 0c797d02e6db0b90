"""What the functions take besides exact types: models without a file, and options as the command line spells them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import wraps
from os import PathLike
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeAlias, TypeVar, cast

from arenafit.errors import ArenafitError, ConfigError, ModelFormatError, RuntimeUnavailableError
from arenafit.units import parse_size

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=Enum)

_KERAS = {"keras", "tf_keras", "tensorflow"}

# How a model is called that has no file.
NAMELESS = "model.tflite"


class Converter(Protocol):
    """What makes a ``.tflite`` file, such as ``tf.lite.TFLiteConverter``."""

    def convert(self) -> bytes:
        """Return the content of the file."""


class KerasModel(Protocol):
    """A Keras model, built: TensorFlow converts it, as it is, to float."""

    def predict(self, x: Any) -> Any:
        """Return the outputs for a batch of inputs."""


ModelLike: TypeAlias = str | PathLike[str] | bytes | bytearray | memoryview | Converter | KerasModel


def takes_models(verb: Callable[Concatenate[str | PathLike[str], P], R]) -> Callable[Concatenate[ModelLike, P], R]:
    """Return `verb`, whose first argument is a path, so that it takes the content of a file or a converter, too.

    Such a model is called ``model.tflite`` in results and errors.
    """

    @wraps(verb)
    def taking(*args: Any, **options: Any) -> Any:
        given = args[0] if args else options.get("path", "")
        if isinstance(given, str | PathLike):
            return verb(*args, **options)
        options.pop("path", None)
        with _as_file(_content(given)) as file:
            try:
                return _renamed(verb(file, *args[1:], **options), str(file))
            except ArenafitError as error:
                error.args = tuple(_text(item, str(file)) for item in error.args)
                raise

    return cast("Callable[Concatenate[ModelLike, P], R]", taking)


def _is_keras(model: object) -> bool:
    """Return whether a class of Keras stands among those that `model` is of; nothing is imported for it."""
    return any(kind.__module__.partition(".")[0] in _KERAS and kind.__name__ == "Model" for kind in type(model).__mro__)


def _keras_converter(model: object) -> Callable[[], Any]:
    try:
        import tensorflow as tf  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise RuntimeUnavailableError(
            "a Keras model is converted by TensorFlow, which is not installed: pip install 'arenafit[train]', or give"
            " the bytes of a .tflite file"
        ) from error
    converter: Converter = tf.lite.TFLiteConverter.from_keras_model(model)
    return converter.convert


def _content(model: bytes | bytearray | memoryview | Converter | KerasModel) -> bytes:
    if isinstance(model, bytes | bytearray | memoryview):
        return bytes(model)
    convert = getattr(model, "convert", None)
    if not callable(convert) and _is_keras(model):
        convert = _keras_converter(model)
    if not callable(convert):
        raise ModelFormatError(
            f"a {type(model).__name__} is no model: give a path, the bytes of a .tflite file, or a converter such as"
            " tf.lite.TFLiteConverter.from_keras_model(model)"
        )
    made = convert()
    if not isinstance(made, bytes | bytearray):
        raise ModelFormatError(f"convert() of the {type(model).__name__} gave a {type(made).__name__}, not bytes")
    return bytes(made)


@contextmanager
def _as_file(content: bytes) -> Iterator[Path]:
    from tempfile import TemporaryDirectory  # noqa: PLC0415  # only models without a file need it

    with TemporaryDirectory(prefix="arenafit-") as folder:
        file = Path(folder) / NAMELESS
        file.write_bytes(content)
        yield file


def _text(value: Any, path: str) -> Any:
    return value.replace(path, NAMELESS) if isinstance(value, str) else value


def _renamed(value: Any, path: str) -> Any:
    """Return a result that says `NAMELESS` where it would name the file that stood in for the model."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return _text(value, path)
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(_renamed(item, path) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        kept = {item.name: getattr(value, item.name) for item in fields(value) if item.init}
        named = {name: _renamed(item, path) for name, item in kept.items()}
        changed = {name: item for name, item in named.items() if item is not kept[name]}
        return replace(value, **changed) if changed else value
    return value


def size(value: int | str | None) -> int | None:
    """Return bytes for a number of them or a text like ``64K``.

    Raises:
        ArenafitError: if the text is no size.
    """
    return parse_size(value) if isinstance(value, str) else value


def share(value: float | str | None) -> float | None:
    """Return the share that a number (0.1) or a text (``10%``, ``0.1``) states.

    Raises:
        ConfigError: if it is none.
    """
    if not isinstance(value, str):
        return value
    number = value.strip()
    try:
        found = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        found = -1.0
    if not 0.0 <= found < float("inf"):
        raise ConfigError(f"'{value}' is no share: write 10% or 0.1")
    return found


def choice(kind: type[E], value: E | str, option: str) -> E:
    """Return the member of `kind` that `value` is or names.

    Raises:
        ConfigError: if there is none of that name.
    """
    try:
        return kind(value)
    except ValueError:
        names = ", ".join(str(member.value) for member in kind)
        raise ConfigError(f"{option} '{value}' is none of: {names}") from None
