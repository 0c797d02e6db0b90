"""Models in files: reading with errors that say what is wrong, writing all or nothing."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from arenafit.errors import ArenafitError, ModelFormatError, OutputError
from arenafit.ir import Model, verify
from arenafit.tflite.decode import decode
from arenafit.tflite.reader import ModelBuilder
from arenafit.tflite.verify import check
from arenafit.tflite.writer import FILE_IDENTIFIER, write_bytes

_ROOT_OFFSET_BYTES = 4
_SMALLEST_FILE_BYTES = 8
_LONGEST_MESSAGE = 500
# Flatbuffer offsets are signed 32-bit; what follows the flatbuffer in a larger file fits no microcontroller.
_LARGEST_FILE_BYTES = (1 << 31) - 1
_SHARED_FILE_MODE = 0o666


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


def check_output(path: Path, *, never: Path | None = None) -> None:
    """Check, before any work is done, that `path` can be written to and is not the input `never`.

    Raises:
        OutputError: saying why not.
    """
    if path.is_dir():
        raise OutputError(f"{path}: is a directory; name a file")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: the directory {path.parent} does not exist")
    if never is not None and _is_same_file(path, never):
        raise OutputError(f"{path}: is the input model; name another file")


def save_bytes(data: bytes, path: Path, *, never: Path | None = None) -> None:
    """Write `data` to `path`, all or nothing, never over `never`; errors are those of `save_model`."""
    check_output(path, never=never)
    # Through a link the file it leads to is replaced, not the link.
    target = path.resolve()
    try:
        _replace(target, data)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _is_same_file(path: Path, other: Path) -> bool:
    if path.exists() and other.exists():
        return path.samefile(other)
    return path.resolve() == other.resolve()


def _replace(target: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(target.stat().st_mode & 0o777 if target.exists() else _SHARED_FILE_MODE & ~_umask())
        Path(name).replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


def _umask() -> int:
    # The mask can only be read by setting it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
