"""CPU time of this process with its children, also those that still run."""

import os
import time
from contextlib import suppress
from pathlib import Path

_USER_FIELD = 11  # of /proc/PID/stat behind the name: utime, stime, cutime, cstime


def cpu_seconds() -> float:
    """Return what this process and its children have used so far."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system + _of_children()


def _of_children() -> float:
    total = 0.0
    with suppress(OSError, ValueError, IndexError, AttributeError):
        ticks = os.sysconf("SC_CLK_TCK")
        me = os.getpid()
        for task in Path(f"/proc/{me}/task").iterdir():
            for child in (task / "children").read_text(encoding="ascii").split():
                with suppress(OSError):
                    fields = Path(f"/proc/{child}/stat").read_text(encoding="utf-8", errors="replace")
                    parts = fields.rpartition(")")[2].split()[_USER_FIELD : _USER_FIELD + 4]
                    total += sum(int(part) for part in parts) / ticks
    return total
