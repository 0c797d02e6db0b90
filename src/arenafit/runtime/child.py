"""The child process: imports a runtime once, then forks for every job, so that a job may crash, abort or hang.

Started as ``python -m arenafit.runtime.child MODULE``; jobs come as frames on stdin, one reply each goes to stdout.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import sys
import tempfile
import time
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from arenafit.runtime.wire import BrokenFrameError, pack, parts_of, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from arenafit.runtime.types import Array
    from arenafit.runtime.wire import Buffer

_LOG_LIMIT_BYTES = 1 << 18
_ADDRESS_SPACE_BYTES = 4 << 30


def main(name: str) -> None:
    """Serve the jobs of the module `name`, which has `preload()` and `run(job, arrays, report)`, until stdin ends."""
    jobs = os.dup(0)
    replies = os.dup(1)
    # What a runtime prints on stdout must not reach the frames.
    os.dup2(2, 1)
    devnull = os.open(os.devnull, os.O_RDONLY)
    os.dup2(devnull, 0)
    module = import_module(name)
    module.preload()
    # Forks share the pages of what was imported until a collection writes to them.
    gc.freeze()
    # A Ctrl-C of the user's is our parent's to handle: it ends us by SIGTERM.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _write_all(replies, pack({"ready": name}))
    while (frame := unpack(lambda count: _read_exactly(jobs, count))) is not None:
        for part in _attempt_all(partial(_attempt, module.run, jobs), *frame):
            _write_all(replies, part)


def _attempt_all(
    attempt: Callable[..., tuple[list[Buffer], dict[str, Any]]], job: dict[str, Any], arrays: tuple[Array, ...]
) -> list[Buffer]:
    """Run the job with each arena size in turn until one is not too small; the reply is the last attempt's."""
    for arena_bytes in job["arenas"][:-1]:
        reply, header = attempt({**job, "arena_bytes": arena_bytes}, arrays)
        if header["end"] in {"done", "timeout"} or header["stage"] != "allocate":
            return reply
    return attempt({**job, "arena_bytes": job["arenas"][-1]}, arrays)[0]


def _attempt(
    run: Callable[..., None], parent: int, job: dict[str, Any], arrays: tuple[Array, ...]
) -> tuple[list[Buffer], dict[str, Any]]:
    with tempfile.TemporaryFile() as log:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.dup2(log.fileno(), 2)
            os.dup2(log.fileno(), 1)
            _restrain()
            # An exception leaves this process with its traceback in the log: that is the answer then.
            run(job, arrays, partial(_report, writer, job.get("invoke_cpu_seconds")))
            os._exit(0)
        os.close(writer)
        signal.signal(signal.SIGTERM, lambda *_: _leave(pid))
        received, in_time = _drain(reader, parent, pid, time.monotonic() + job["timeout_seconds"])
        os.close(reader)
        if not in_time:
            _kill_group(pid)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        status = os.waitpid(pid, 0)[1]
        # A job's probes share its group: none may outlive it.
        _kill_group(pid)
        return _reply(received, in_time, status, _text_of(log))


def _report(writer: int, invoke_cpu_seconds: float | None, header: dict[str, Any], sent: Sequence[Array] = ()) -> None:
    for part in parts_of(header, sent):
        _write_all(writer, part)
    if invoke_cpu_seconds is not None:
        _allow_cpu(invoke_cpu_seconds if header.get("stage") == "invoke" else None)


def _allow_cpu(seconds: float | None) -> None:
    """Have SIGXCPU end this process once it has used so much more CPU; None takes the limit away."""
    import resource  # noqa: PLC0415 - POSIX only, like this process

    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    limit = hard if seconds is None else int(time.process_time() + seconds) + 1
    soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _restrain() -> None:
    import resource  # noqa: PLC0415 - POSIX only, like this process

    os.setpgid(0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _ADDRESS_SPACE_BYTES if hard == resource.RLIM_INFINITY else min(hard, _ADDRESS_SPACE_BYTES)
    # macOS refuses this limit; it only guards against models that ask for absurd sizes.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _leave(pid: int) -> None:
    _kill_group(pid)
    os._exit(0)


def _drain(reader: int, parent: int, pid: int, deadline: float) -> tuple[bytearray, bool]:
    received = bytearray()
    while True:
        ready = select.select([reader, parent], [], [], max(0, deadline - time.monotonic()))[0]
        if parent in ready:
            # Nothing is sent while a job runs: our parent is gone, and with it who wanted the answer.
            _leave(pid)
        if not ready:
            return received, False
        chunk = os.read(reader, 1 << 20)
        if not chunk:
            return received, True
        received += chunk


def _text_of(log: Any) -> str:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _LOG_LIMIT_BYTES))
    return str(log.read().decode(errors="replace"))


def _reply(received: bytearray, in_time: bool, status: int, log: str) -> tuple[list[Buffer], dict[str, Any]]:
    """Join what the job sent with how it ended: ``done``, ``exit``, ``signal`` or ``timeout``."""
    last, arrays, stage = _last_frame(received)
    header: dict[str, Any] = {"log": log, "stage": stage}
    if not in_time:
        header |= {"end": "timeout"}
    elif os.WIFSIGNALED(status):
        header |= {"end": "signal", "signal": os.WTERMSIG(status)}
    elif last.get("done"):
        header |= {"end": "done", **last}
    else:
        header |= {"end": "exit", "code": os.waitstatus_to_exitcode(status)}
    return parts_of(header, arrays), header


def _last_frame(received: bytearray) -> tuple[dict[str, Any], tuple[Array, ...], str]:
    view, position = memoryview(received), 0

    def read(count: int) -> memoryview:
        nonlocal position
        position += count
        return view[position - count : position]

    last: dict[str, Any] = {}
    arrays: tuple[Array, ...] = ()
    stage = "load"
    with contextlib.suppress(BrokenFrameError):
        while (frame := unpack(read)) is not None:
            last, arrays = frame
            stage = last.get("stage", stage)
    return last, arrays, stage


def _read_exactly(source: int, count: int) -> memoryview:
    found = bytearray()
    while count > 0 and (chunk := os.read(source, min(count, 1 << 20))):
        found += chunk
        count -= len(chunk)
    return memoryview(found).toreadonly()


def _write_all(target: int, data: Buffer) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]


if __name__ == "__main__":
    main(sys.argv[1])
