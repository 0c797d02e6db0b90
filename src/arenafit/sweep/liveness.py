"""Whether the process that holds a trial still lives, told without waiting where that can be."""

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_START_FIELD = 19  # of /proc/PID/stat behind the name: starttime


def identity() -> dict[str, Any]:
    """Return what tells this process from all others: machine, since when that runs, process, since when that runs."""
    pid = os.getpid()
    return {"machine": machine(), "pid": pid, "started": started(pid)}


def machine() -> str:
    """Return a name of this machine, boot and process namespace: within it, process numbers mean the same."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))  # noqa: PTH115 - no path, a name
    return " ".join(parts)


def started(pid: int) -> str | None:
    """Return when a process was started, as the kernel counts; None if it does not run or nobody knows."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[_START_FIELD]


def is_dead(record: dict[str, Any]) -> bool | None:
    """Return whether the process of `record` is gone; None if this machine cannot tell."""
    if record.get("machine") != machine():
        return None
    pid, since = int(record["pid"]), record.get("started")
    if since is not None:
        return bool(started(pid) != since)
    if sys.platform == "win32":
        return None  # signal 0 is no question there: it is Ctrl-C
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return None
    return None
