"""The journal file: Optuna's format, a lock that a killed process cannot keep, and no half line left behind.

Optuna's own locks are files or links that outlive their process, and a line that was cut off by a kill would be joined
with the next. Here the lock is the kernel's (``flock``), which ends with its process, and what was cut off is cut away
before the next line is written. Whatever reads Optuna's journals reads this one.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from arenafit.errors import RuntimeUnavailableError

_BLOCK = 1 << 16
# Optuna's codes for a trial's parameters, user's and system's attributes. These are not waited for until the disk has
# them: other processes see them at once, they outlive a killed process, and the record that ends the trial takes them
# along to the disk. A machine that loses power loses the trials under way, with or without their parameters.
_OF_A_RUNNING_TRIAL = (5, 8, 9)
# How each line of Optuna's journals begins.
_BEGINNING = b'{"op_code":'


class FileLock:
    """An exclusive lock on a file beside the journal; the kernel releases it with the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Wait for the lock.

        Raises:
            RuntimeUnavailableError: where the system has no such locks.
        """
        try:
            import fcntl  # noqa: PLC0415 - not on Windows
        except ImportError as error:
            raise RuntimeUnavailableError(
                "a journal file needs a system with file locks (Linux, macOS, WSL); name a database with --storage"
            ) from error
        file = self._path.open("ab")
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back."""
        file, self._file = self._file, None
        if file is not None:
            file.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of the journal at `path`."""
    lock = FileLock(lock_path(path))
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


def lock_path(path: Path) -> Path:
    """Return the file that is locked for the journal at `path`."""
    return path.with_name(path.name + ".flock")


def begins_as_journal(path: Path) -> bool:
    """Return whether the file is empty or begins as a journal does, be that a half line which a kill left.

    Optuna takes any other file of a single line for an empty journal, and what is cut away then is all of it.
    """
    with path.open("rb") as file:
        found = file.read(len(_BEGINNING))
    return _BEGINNING.startswith(found)


def cut_half_line(path: Path) -> int:
    """Cut what follows the last line end of the journal, and return how many bytes that were; the lock must be held."""
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        at = end
        while at > 0:
            start = max(0, at - _BLOCK)
            file.seek(start)
            found = file.read(at - start).rfind(b"\n")
            if found >= 0:
                at = start + found + 1
                break
            at = start
        if at < end:
            file.truncate(at)
        return end - at


def journal_backend(path: Path) -> Any:
    """Return Optuna's journal backend on the file at `path`, which is made where it is missing."""
    from optuna.storages.journal import JournalFileBackend  # noqa: PLC0415 - an extra, and heavy

    class Backend(JournalFileBackend):  # type: ignore[misc]  # its types are not followed
        """As Optuna's; a half line that a kill left is cut away before anything is written behind it."""

        def append_logs(self, logs: list[dict[str, Any]]) -> None:
            """Write the logs in one piece."""
            with locked(path):
                cut_half_line(path)
                _append(path, logs)

    return Backend(str(path))


def _append(path: Path, logs: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
    with path.open("ab", buffering=0) as file:
        file.write(text)
        if any(log["op_code"] not in _OF_A_RUNNING_TRIAL for log in logs):
            os.fsync(file.fileno())
