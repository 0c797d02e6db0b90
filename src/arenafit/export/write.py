"""Puts files into a folder: all of them or, if one cannot be written, none."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from arenafit.errors import OutputError
from arenafit.outputs import check_outputs, save_all


def write_files(files: Mapping[str, str], folder: Path, *, never: tuple[Path, ...] = ()) -> tuple[Path, ...]:
    """Write `files` (text by relative path) into `folder`, made where it is missing; return their paths.

    On any error nothing is left of them, nor of folders made for them.

    Raises:
        OutputError: if a file cannot be written, or is one of `never`.
    """
    paths = [folder / name for name in files]
    made: list[Path] = []
    try:
        for path in paths:
            _make(path.parent, made)
        check_outputs(paths, never)
        contents = (text.encode("utf-8", "backslashreplace") for text in files.values())
        save_all(dict(zip(paths, contents, strict=True)))
    except BaseException:
        for parent in reversed(made):
            with suppress(OSError):
                parent.rmdir()
        raise
    return tuple(paths)


def _make(folder: Path, made: list[Path]) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{folder}: the folder cannot be made: {reason}") from None
    made += reversed(missing)
