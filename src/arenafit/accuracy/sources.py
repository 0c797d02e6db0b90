"""Where samples come from: `.npz`, `.npy`, a folder of `.npy`, or a Python callable. Here they are only found."""

from __future__ import annotations

import contextlib
import importlib
import sys
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from arenafit.accuracy.samples import Raw
from arenafit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from arenafit.accuracy.samples import Array

# A generator that never ends is a mistake; nobody calibrates on more.
MOST_SAMPLES = 100_000
# What calibration and evaluation take: with what is made of them they fit into a gigabyte.
MOST_UNPACKED_BYTES = 1 << 29
# What models are trained on.
MOST_TRAINING_BYTES = 1 << 31


def find(source: str, *, most_bytes: int | None = None) -> Raw:
    """Return the arrays that `source` names.

    Args:
        source: an `.npz` (arrays by name), an `.npy` (the samples of the one input), a folder (an `.npy` per sample of
            the one input, or an `.npy` or a subfolder per input, named as the input), or `module:function`, called
            without arguments, which returns an array, a dict or a sequence of arrays, or yields samples.
        most_bytes: what files may hold, an archive unpacked and a folder all in all; 512 MiB by default.

    Raises:
        DataError: if there is no such thing, it holds no arrays, or more than `most_bytes`.
    """
    path = Path(source)
    most = MOST_UNPACKED_BYTES if most_bytes is None else most_bytes
    if path.is_dir():
        return _from_folder(path, most)
    module, colon, function = source.partition(":")
    if colon and module and function and not path.exists():
        return _from_callable(module, function)
    if not path.exists():
        raise DataError(f"{source}: there is no such file or folder (a callable is written module:function)")
    if path.suffix == ".npz":
        return Raw(_read_npz(path, most), (), source)
    if path.suffix == ".npy":
        return Raw({}, (_read_npy(path, most),), source)
    raise DataError(f"{source}: is neither .npz, .npy, nor a folder of .npy files")


def _read_npy(path: Path, most_bytes: int) -> Array:
    array = _load(path, "an array", lambda loaded: loaded, most_bytes)
    if not isinstance(array, np.ndarray):
        raise DataError(f"{path}: holds an archive, not one array; rename it to .npz")
    return array


def _read_npz(path: Path, most_bytes: int) -> dict[str, Array]:
    arrays = _load(path, "an archive of arrays", _members, most_bytes)
    if isinstance(arrays, np.ndarray):
        raise DataError(f"{path}: holds one array, not an archive; rename it to .npy")
    if not arrays:
        raise DataError(f"{path}: holds no arrays")
    return {str(name): np.asarray(array) for name, array in arrays.items()}


def _members(loaded: Any) -> Any:
    return loaded if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}


def _load(path: Path, what: str, take: Callable[[Any], Any], most_bytes: int) -> Any:
    # numpy parses headers as Python and archives as they come: a broken file can raise nearly anything.
    if not path.is_file():
        raise DataError(f"{path}: is not a regular file")
    with _Explained(f"{path}: cannot be read as {what}"), warnings.catch_warnings(), path.open("rb") as file:
        _must_fit_memory(path, file, most_bytes)
        warnings.simplefilter("ignore")
        return take(np.load(file, allow_pickle=False))


def _must_fit_memory(path: Path, file: IO[bytes], most_bytes: int) -> None:
    """Refuse more than any calibration needs, of an archive what it unpacks to: that may be small on disk."""
    if not zipfile.is_zipfile(file):
        file.seek(0)
        _must_be_few(f"{path}: holds", path.stat().st_size, most_bytes)
        return
    with zipfile.ZipFile(file) as archive:
        unpacked_bytes = sum(member.file_size for member in archive.infolist())
    file.seek(0)
    _must_be_few(f"{path}: unpacks to", unpacked_bytes, most_bytes)


def _must_be_few(what: str, size_bytes: int, most_bytes: int) -> None:
    if size_bytes > most_bytes:
        raise DataError(f"{what} {size_bytes:,} bytes; at most {most_bytes:,} are read, give fewer samples")


def _from_folder(path: Path, most_bytes: int) -> Raw:
    files = sorted(path.glob("*.npy"))
    inside = {entry.name: sorted(entry.glob("*.npy")) for entry in sorted(path.iterdir()) if entry.is_dir()}
    folders = {name: found for name, found in inside.items() if found}
    read = [entry for found in folders.values() for entry in found] if folders else files
    _must_be_few(f"{path}: its files hold", sum(entry.stat().st_size for entry in read if entry.is_file()), most_bytes)
    if folders:
        return Raw({name: _stack(found, most_bytes) for name, found in folders.items()}, (), str(path))
    if not files:
        raise DataError(f"{path}: the folder holds no .npy files")
    # Whether these are inputs or samples is known once their names meet the model's.
    return Raw({entry.stem: _read_npy(entry, most_bytes) for entry in files}, (), str(path), are_samples=True)


def _stack(files: Sequence[Path], most_bytes: int) -> Array:
    arrays = [_read_npy(entry, most_bytes) for entry in files]
    for entry, array in zip(files, arrays, strict=True):
        if array.shape != arrays[0].shape or array.dtype != arrays[0].dtype:
            raise DataError(
                f"{entry}: is {array.dtype} {array.shape}, but {files[0].name} is {arrays[0].dtype} {arrays[0].shape}"
            )
    return np.stack(arrays)


def _from_callable(module: str, function: str) -> Raw:
    source = f"{module}:{function}"
    with _importable_from_here(), _Explained(f"{source}: raised an error"):
        found = getattr(importlib.import_module(module), function)
        if not callable(found):
            raise DataError(f"{source}: is no function")
        return from_value(found(), source)


def from_value(value: object, source: str) -> Raw:
    """Return the arrays in what a callable returned.

    Raises:
        DataError: if these are no arrays.
    """
    if isinstance(value, np.ndarray):
        return Raw({}, (value,), source)
    if isinstance(value, Mapping):
        return Raw({str(name): _array(item, source) for name, item in value.items()}, (), source)
    if isinstance(value, tuple) and all(isinstance(item, np.ndarray) for item in value):
        return Raw({}, value, source)
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return _from_samples(list(_limited(value, source)), source)
    raise DataError(f"{source}: returned {type(value).__name__}; an array, a dict of arrays or samples are expected")


def _from_samples(samples: list[Any], source: str) -> Raw:
    """Return samples, each a dict by input, a sequence by order (as TensorFlow's converter takes them) or an array."""
    if not samples:
        raise DataError(f"{source}: returned no samples")
    first = samples[0]
    if isinstance(first, Mapping):
        keys = [str(name) for name in first]
        columns = {key: _column([sample.get(key) for sample in samples], source) for key in keys}
        return Raw(columns, (), source)
    if isinstance(first, list | tuple):
        width = len(first)
        if any(not isinstance(sample, list | tuple) or len(sample) != width for sample in samples):
            raise DataError(f"{source}: its samples hold different numbers of arrays")
        return Raw({}, tuple(_column([sample[place] for sample in samples], source) for place in range(width)), source)
    return Raw({}, (_column(samples, source),), source)


def _column(items: Sequence[object], source: str) -> Array:
    arrays = [_array(item, source) for item in items]
    odd = next((number for number, array in enumerate(arrays) if array.shape != arrays[0].shape), None)
    if odd is not None:
        raise DataError(f"{source}: sample {odd} has shape {arrays[odd].shape}, sample 0 has {arrays[0].shape}")
    return np.stack(arrays)


def _array(item: object, source: str) -> Array:
    if item is None:
        raise DataError(f"{source}: a sample lacks an input that the first one has")
    try:
        return np.asarray(item)
    except ValueError as error:
        raise DataError(f"{source}: gave something that is no array: {_short(error)}") from error


def _limited(items: Iterable[object], source: str) -> Iterator[object]:
    for number, item in enumerate(items):
        if number >= MOST_SAMPLES:
            raise DataError(f"{source}: yields more than {MOST_SAMPLES:,} samples; does it end?")
        yield item


@contextlib.contextmanager
def _importable_from_here() -> Iterator[None]:
    sys.path.insert(0, str(Path.cwd()))
    try:
        yield
    finally:
        sys.path.remove(str(Path.cwd()))


class _Explained:
    """Context manager: whatever is raised inside is news for the user, in one line that begins with `about`."""

    def __init__(self, about: str) -> None:
        self._about = about

    def __enter__(self) -> None:
        """Begin to watch."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Turn an exception into a DataError; interrupts and our own errors pass."""
        if not isinstance(error, Exception) or isinstance(error, DataError):
            return
        raise DataError(f"{self._about}: {type(error).__name__}: {_short(error)}") from error


def _short(error: BaseException) -> str:
    lines = str(error).splitlines() or [""]
    return lines[0][:200]
