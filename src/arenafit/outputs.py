"""Where results go: regular files all or nothing, devices and pipes written to and never replaced, ``-`` for stdout.

One guard for all verbs: no output is an input or another output, also not through links.
"""

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from arenafit.errors import OutputError

# As -o takes it: write to standard output.
STDOUT = Path("-")
_SHARED_FILE_MODE = 0o666
_LONGEST_NAME_BYTES = 255
_SUFFIX = ".part"
# What verbs read where a folder is named: a baseline of models, samples.
_READ_IN_FOLDERS = frozenset({".npy", ".npz", ".tflite"})


def is_stdout(path: Path | None) -> bool:
    """Whether `path` stands for standard output."""
    return path == STDOUT


def check_outputs(outputs: Iterable[Path | None], inputs: Iterable[Path | str | None] = ()) -> None:
    """Check, before any work is done, that every output can be written, and is no input and no other output.

    Args:
        outputs: files to be written; None stands for one not asked for.
        inputs: what is read: files, or folders, in which then nothing may be written over.

    Raises:
        OutputError: naming the output and what is wrong.
    """
    wanted = [path for path in outputs if path is not None]
    read = [Path(path) for path in inputs if path is not None]
    for number, path in enumerate(wanted):
        check_output(path)
        for source in read:
            if _is_same_file(path, source) or _lies_in(path, source):
                raise OutputError(f"{path}: is an input ({source}); name another file")
        for other in wanted[:number]:
            if _is_same_file(path, other) and not _is_special(path):
                raise OutputError(f"{path}: two outputs would be written to it; name another file for one of them")


def check_output(path: Path, *, never: Path | None = None) -> None:
    """Check that `path` can be written to and is not the input `never`.

    Raises:
        OutputError: saying why not.
    """
    if is_stdout(path):
        return
    target = _target(path)
    mode = _mode(target)
    if mode is not None and stat.S_ISDIR(mode):
        raise OutputError(f"{path}: is a directory; name a file")
    if not target.parent.is_dir():
        raise OutputError(f"{path}: the directory {target.parent} does not exist")
    if never is not None and _is_same_file(path, never):
        raise OutputError(f"{path}: is the input model; name another file")


def check_beside(path: Path, folder: Path) -> None:
    """Check that `path` does not lie in `folder`, whose files are arenafit's own to name.

    Raises:
        OutputError: if it does.
    """
    if not is_stdout(path) and _resolved(folder) in _target(path).parents:
        raise OutputError(f"{path}: lies in {folder}, whose files are not written by hand; name a file elsewhere")


def save_bytes(data: bytes, path: Path, *, never: Path | None = None) -> None:
    """Write `data` to `path`: a regular file all or nothing, replaced if it is there; the rest is written to.

    Raises:
        OutputError: if `path` is `never` or a directory, or cannot be written.
    """
    check_output(path, never=never)
    with _said(path):
        if is_stdout(path):
            _write_stdout(data)
        elif _is_special(path):
            _write_special(path, data)
        else:
            # Through a link the file it leads to is replaced, not the link.
            _Staged(_target(path), data).commit()


def save_all(files: Mapping[Path, bytes]) -> None:
    """Write several files: if one of them cannot be written, none is.

    Raises:
        OutputError: naming the file that could not be written.
    """
    staged: list[_Staged] = []
    fresh: list[Path] = []
    try:
        for path, data in files.items():
            with _said(path):
                staged.append(_Staged(_target(path), data))
        for path, part in zip(files, staged, strict=True):
            existed = part.target.exists()
            with _said(path):
                part.commit()
            fresh += [] if existed else [part.target]
    except BaseException:
        for part in staged:
            part.drop()
        for written in fresh:
            with suppress(OSError):
                written.unlink()
        raise


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _target(path: Path) -> Path:
    """Return the path that links lead to.

    Raises:
        OutputError: if they lead in a circle, or the path cannot be one.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:
        # pathlib before Python 3.13 says RuntimeError for links that lead to each other.
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(f"{path}: cannot be written: {reason}; links may lead to each other") from None


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENAMETOOLONG}:
            raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
        return None


def _is_special(path: Path) -> bool:
    """Whether something is there that is no regular file and no directory: a device, a pipe."""
    mode = _mode(path)
    return mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _is_same_file(path: Path, other: Path) -> bool:
    if is_stdout(path) or is_stdout(other):
        return path == other
    with suppress(OSError):
        return path.samefile(other)
    return _target(path) == _resolved(other)


def _lies_in(path: Path, folder: Path) -> bool:
    """Whether an existing file would be written over in a folder that is read."""
    if path.suffix not in _READ_IN_FOLDERS or not path.exists() or not folder.is_dir():
        return False
    return _resolved(folder) in _target(path).parents


def _resolved(path: Path) -> Path:
    with suppress(OSError, RuntimeError, ValueError):
        return path.resolve()
    return path


def _write_stdout(data: bytes) -> None:
    if sys.stdout is None:
        raise OutputError("standard output is closed")
    sys.stdout.flush()
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:  # replaced by a text stream, as notebooks and tests do
        sys.stdout.write(data.decode("utf-8", "backslashreplace"))
        return
    stream.write(data)
    stream.flush()


def _write_special(path: Path, data: bytes) -> None:
    try:
        # Opening a pipe that nobody reads would wait for a reader for ever.
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OutputError(f"{path}: nobody reads from it; start the reader first") from None
        raise
    os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


class _Staged:
    """A file on its way: its bytes lie beside the target under another name until they take its place.

    The name says which process writes it, and that process holds a lock on it: what a killed one left behind is
    removed when the same target is written again.
    """

    def __init__(self, target: Path, data: bytes) -> None:
        """Write the bytes beside the target."""
        self.target = target
        _remove_stale(target)
        self._part = target.parent / f"{_prefix(target)}{os.getpid()}-{secrets.token_hex(4)}{_SUFFIX}"
        try:
            descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(descriptor, "wb") as file:
                _lock(file.fileno())
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._part.chmod(_mode_for(target))
        except BaseException:
            self.drop()
            raise

    def commit(self) -> None:
        """Put the bytes in the target's place."""
        try:
            self._part.replace(self.target)
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """Forget the bytes, unless they are in place."""
        with suppress(OSError):
            self._part.unlink()


def _prefix(target: Path) -> str:
    room = _LONGEST_NAME_BYTES - len(f"..{1 << 64}-{'0' * 8}{_SUFFIX}")
    return f".{os.fsdecode(os.fsencode(target.name)[:room])}."


def _remove_stale(target: Path) -> None:
    prefix = _prefix(target)
    with suppress(OSError):
        for name in os.listdir(target.parent):  # noqa: PTH208 - names, whatever their encoding
            owner = name[len(prefix) :].partition("-")[0]
            if name.startswith(prefix) and name.endswith(_SUFFIX) and owner.isdigit() and not _is_alive(int(owner)):
                _unlink_unlocked(target.parent / name)


def _is_alive(pid: int) -> bool:
    if os.name != "posix":
        return True  # asking could end the process there
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _lock(descriptor: int) -> None:
    with suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415  # not on Windows

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _unlink_unlocked(path: Path) -> None:
    """Remove the file unless a process, say of another container on the same disk, still writes it."""
    with suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415  # not on Windows

        with path.open("rb") as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _mode_for(target: Path) -> int:
    with suppress(OSError):
        return target.stat().st_mode & 0o777
    return _SHARED_FILE_MODE & ~_umask()


def _umask() -> int:
    # The mask can only be read by setting it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
