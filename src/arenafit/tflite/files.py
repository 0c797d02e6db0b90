"""Models in files: reading with errors that say what is wrong, writing all or nothing."""

from pathlib import Path

from arenafit.errors import ArenafitError, ModelFormatError
from arenafit.ir import Model, verify
from arenafit.outputs import save_bytes
from arenafit.tflite.decode import decode
from arenafit.tflite.reader import ModelBuilder
from arenafit.tflite.verify import check
from arenafit.tflite.writer import FILE_IDENTIFIER, write_bytes

_ROOT_OFFSET_BYTES = 4
_SMALLEST_FILE_BYTES = 8
_LONGEST_MESSAGE = 500
# Flatbuffer offsets are signed 32-bit; what follows the flatbuffer in a larger file fits no microcontroller.
_LARGEST_FILE_BYTES = (1 << 31) - 1


def read_model(path: Path) -> Model:
    """Return the model in the file `path`.

    Raises:
        ModelFormatError: if the file cannot be read or is no well-formed `.tflite` model.
        UnsupportedModelError: if it is well-formed but holds what arenafit does not know.
    """
    return read_bytes(read_file(path), str(path))


def read_file(path: Path) -> bytes:
    """Return the content of the file `path`, for `read_bytes`.

    Raises:
        ModelFormatError: if there is no such file, or it cannot be one of a model.
    """
    try:
        if path.is_dir():
            raise ModelFormatError(f"{path}: is a directory, not a .tflite model")
        # A device or pipe may never end.
        if path.exists() and not path.is_file():
            raise ModelFormatError(f"{path}: is not a regular file")
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise ModelFormatError(f"{path}: has {path.stat().st_size} bytes, a .tflite model at most 2 GiB")
        return path.read_bytes()
    except FileNotFoundError:
        raise ModelFormatError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelFormatError(f"{path}: cannot be read: {reason}") from None


def read_bytes(data: bytes, source: str = "model") -> Model:
    """Return the model in `data`; `source` names it in errors.

    Raises:
        ModelFormatError: if `data` is no well-formed `.tflite` model.
        UnsupportedModelError: if it is well-formed but holds what arenafit does not know.
    """
    if not data:
        raise ModelFormatError(f"{source}: the file is empty")
    if data[_ROOT_OFFSET_BYTES:_SMALLEST_FILE_BYTES] != FILE_IDENTIFIER:
        raise ModelFormatError(f"{source}: is no .tflite model (the identifier TFL3 is missing at byte 4)")
    try:
        root = decode(data, "Model", source)
        check(root, data, source)
        model = ModelBuilder(root, data, source).build()
    except ArenafitError as error:
        raise type(error)(_one_line(str(error))) from None
    try:
        verify(model)
    except ArenafitError as error:
        raise type(error)(_one_line(f"{source}: {error}")) from None
    return model


def _one_line(text: str) -> str:
    # Names in a damaged file can hold anything, line breaks and terminal sequences included.
    return "".join(character if character.isprintable() else "?" for character in text)[:_LONGEST_MESSAGE]


def save_model(model: Model, path: Path, *, never: Path | None = None) -> None:
    """Write `model` to `path`: the whole file or, on any error, nothing; an existing file is replaced.

    Args:
        model: what to write.
        path: the target; its directory must exist.
        never: a file that must not be overwritten (the input), also not through a link.

    Raises:
        OutputError: if the target is `never`, is a directory, or cannot be written.
        UnsupportedModelError: as `write_bytes`.
    """
    save_bytes(write_bytes(model), path, never=never)
