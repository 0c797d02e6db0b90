"""Facts about processes that a test's subject has started: who still waits at a pipe, without a word about time."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path


def made_pipe(path: Path) -> Path:
    """Make a named pipe; a process that opens it to read waits there until it is killed."""
    os.mkfifo(path)
    return path


def is_waited_at(pipe: Path) -> bool:
    """Return whether any process waits to read from `pipe`."""
    try:
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return False
    return True


# Far more looks than a machine under any load needs; without an end a failure would hang the whole run.
_MOST_LOOKS = 15_000


def wait_until(holds: Callable[[], bool]) -> None:
    """Return once it holds, however long a busy machine takes; fail if it never does."""
    for _ in range(_MOST_LOOKS):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError(f"still not so after {_MOST_LOOKS:,} looks")
