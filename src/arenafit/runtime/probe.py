"""Asks a question whose asking may crash or hang: in a fork that costs milliseconds."""

from __future__ import annotations

import faulthandler
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_WORKED = 0
_FAILED = 1


def probe(question: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Return whether `question()` is True in a fork of this process; a crash, an error or a hang counts as False."""
    import resource  # noqa: PLC0415 - POSIX only, like forks

    pid = os.fork()
    if pid == 0:
        # The default action of SIGALRM ends a process even when it loops in C code.
        signal.setitimer(signal.ITIMER_REAL, seconds)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        faulthandler.disable()  # that it crashes is an answer
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            os._exit(_WORKED if question() else _FAILED)
        except (RuntimeError, ValueError, IndexError, MemoryError):
            os._exit(_FAILED)
    status = os.waitpid(pid, 0)[1]
    return os.WIFEXITED(status) and os.WEXITSTATUS(status) == _WORKED
