"""Puts files into a folder, each all or nothing."""

from collections.abc import Mapping
from pathlib import Path

from arenafit.errors import OutputError
from arenafit.tflite import check_output, save_bytes


def write_files(files: Mapping[str, str], folder: Path, *, never: tuple[Path, ...] = ()) -> tuple[Path, ...]:
    """Write `files` (text by relative path) into `folder`, made where it is missing; return their paths.

    Nothing is written if one of them cannot be, as far as that can be told beforehand.

    Raises:
        OutputError: if a file cannot be written, or is one of `never`.
    """
    paths = [folder / name for name in files]
    for path in paths:
        _make(path.parent)
        for kept in never:
            check_output(path, never=kept)
        check_output(path)
    for path, text in zip(paths, files.values(), strict=True):
        save_bytes(text.encode(), path)
    return tuple(paths)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: the folder cannot be made: {error.strerror or error}") from None
