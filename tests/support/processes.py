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


def wait_until(holds: Callable[[], bool]) -> None:
    """Return once it holds, however long a busy machine takes; what never comes true ends with the job's own limit."""
    while not holds():
        time.sleep(0.02)
