"""Our side of a child process: starts it, sends it jobs, and outlives whatever becomes of it."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from arenafit.errors import RuntimeUnavailableError
from arenafit.runtime.wire import BrokenFrameError, parts_of, unpack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arenafit.runtime.types import Array
    from arenafit.runtime.wheel_env import WheelEnvironment

_START_SECONDS = 120.0
# What a child may take beyond its jobs' own time: the transfer of arrays, a second attempt.
_GRACE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: how the job ended, its last stage, its log, its result."""

    header: dict[str, Any]
    arrays: tuple[Array, ...]


class Worker:
    """A child process that runs one job at a time; it is started by the first job, and again should it be lost."""

    def __init__(self, module: str, environment: WheelEnvironment | None = None) -> None:
        self._module = module
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, job: dict[str, Any], arrays: Sequence[Array]) -> Reply:
        """Return the reply to a job; that the child was lost over it (``end`` is "lost") is a reply too.

        Raises:
            RuntimeUnavailableError: if the child cannot start.
        """
        process = self._process or self._start()
        deadline = time.monotonic() + len(job["arenas"]) * job["timeout_seconds"] + _GRACE_SECONDS
        # A child that is gone shows in the reply that is missing.
        with contextlib.suppress(BrokenPipeError):
            for part in parts_of(job, arrays):
                _stdin(process).write(part)
            _stdin(process).flush()
        frame = _frame(process, deadline)
        if frame is None:
            self.close()
            return Reply({"end": "lost", "stage": "load", "log": ""}, ())
        return frame

    def close(self) -> None:
        """End the child and the job it may be running."""
        process, self._process = self._process, None
        errors, self._errors = self._errors, None
        if process is not None:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            with contextlib.suppress(BrokenPipeError):
                _stdin(process).close()
            _stdout(process).close()
        if errors is not None:
            errors.close()

    def _start(self) -> subprocess.Popen[bytes]:
        if not hasattr(os, "fork"):
            raise RuntimeUnavailableError(
                "running models needs a system that can fork processes (Linux, macOS, WSL); reading, explaining and "
                "rewriting models works here, and a runner command (--runner) can measure elsewhere"
            )
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        # -P: a file in the user's directory must not pass for a module of ours.
        python = sys.executable if self._environment is None else self._environment.python
        command = [python, "-P", "-m", "arenafit.runtime.child", self._module]
        # One thread: forking a process that has others is not safe.
        threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **threads, **_import_path(self._environment)},
        )
        self._process = process
        if _frame(process, time.monotonic() + _START_SECONDS) is None:
            said = self._last_error()
            self.close()
            raise RuntimeUnavailableError(f"the child process for {self._module} does not start: {said}")
        return process

    def _last_error(self) -> str:
        if self._errors is None:
            return "no reason was given"
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no reason was given"


def _import_path(environment: WheelEnvironment | None) -> dict[str, str]:
    """Return the variable that has a child import from the environment first, then this very arenafit."""
    if environment is None:
        return {}
    ours = str(Path(__file__).parents[2])
    return {"PYTHONPATH": os.pathsep.join((*environment.paths, ours))}


def _stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin is not None  # noqa: S101 - we asked for a pipe
    return process.stdin


def _stdout(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout is not None  # noqa: S101 - we asked for a pipe
    return process.stdout


def _frame(process: subprocess.Popen[bytes], deadline: float) -> Reply | None:
    try:
        frame = unpack(lambda count: _read(_stdout(process).fileno(), count, deadline))
    except BrokenFrameError:
        return None
    return Reply(*frame) if frame is not None else None


def _read(source: int, count: int, deadline: float) -> memoryview:
    found = bytearray()
    while count > 0:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([source], [], [], left)[0]:
            break
        chunk = os.read(source, min(count, 1 << 20))
        if not chunk:
            break
        found += chunk
        count -= len(chunk)
    return memoryview(found).toreadonly()
