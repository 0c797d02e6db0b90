"""Workers as processes of their own: started, watched, replaced when killed, until nothing is left to do."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO

from arenafit.errors import ArenafitError, ConfigError
from arenafit.sweep.trial_store import TrialStore
from arenafit.sweep.worker import INTERRUPTED, STORAGE_VARIABLE

_POLL_SECONDS = 0.2
# A worker that was killed is replaced, this often in all.
_MOST_REPLACED = 50
_THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class WorkerDefectError(Exception):
    """A worker ended as no error of arenafit does."""


@dataclass(frozen=True, slots=True)
class WorkerGroup:
    """How many workers, on what, with which samples; `queued_only`: they run what is queued and nothing else."""

    storage: str
    workers: int
    data: str | None = None
    queued_only: bool = False
    first_index: int = 0


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    errors: IO[bytes]

    def close(self) -> None:
        self.errors.close()
        if self.process.stdin is not None:
            self.process.stdin.close()


@dataclass
class Supervisor:
    """Runs a group of workers."""

    group: WorkerGroup
    trial_store: TrialStore
    report: Callable[[TrialStore], None] = lambda _: None
    quiet: float = 30  # after a report so many times as long as it took is waited until the next
    _workers: list[_Worker] = field(default_factory=list)
    _started: int = 0
    _replaced: int = 0
    _quiet_until: float = 0.0

    @property
    def pids(self) -> list[int]:
        """The workers' process numbers."""
        return [worker.process.pid for worker in self._workers]

    def run(self) -> None:
        """Run the workers until the budget is spent and no trial runs or waits.

        Raises:
            ArenafitError: what a worker said that could not go on.
            WorkerDefectError: if that is a defect of arenafit.
        """
        try:
            for _ in range(self.group.workers):
                self._start()
            lost = 0
            while True:
                time.sleep(_POLL_SECONDS)
                self._look()
                self._tell()
                if not self._workers:
                    lost += self.trial_store.reap()
                    if self.trial_store.has_nameless():
                        continue  # begun by one that is about to say its name, or was killed before: `reap` finds out
                    if not (lost or self.trial_store.waiting()) or self._replaced >= _MOST_REPLACED:
                        break
                    lost = 0
                    self._start()  # what the last one killed left, or a trial of the budget that it took along
        finally:
            self._stop()
            self.trial_store.reap()

    def _tell(self) -> None:
        """Report, unless that took long lately: it reads all trials, and shall not take the workers' time."""
        begun = time.monotonic()
        if begun < self._quiet_until:
            return
        self.report(self.trial_store)
        self._quiet_until = begun + self.quiet * (time.monotonic() - begun)

    def _start(self) -> None:
        arguments = [str(self.group.first_index + self._started), "supervised"]
        arguments += ["queued"] if self.group.queued_only else []
        arguments += [] if self.group.data is None else [f"data={self.group.data}"]
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "arenafit.sweep.worker", *arguments],
            stdin=subprocess.PIPE,  # nothing is written: it ends when we do, however that comes about
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, **_THREADS, STORAGE_VARIABLE: self.group.storage},
        )
        self._started += 1
        self._workers.append(_Worker(process, errors))

    def _look(self) -> None:
        for worker in list(self._workers):
            code = worker.process.poll()
            if code is None:
                continue
            self._workers.remove(worker)
            said = _last_line(worker.errors)
            worker.close()
            if code > 0:
                raise _error(code, said)
            if code < 0 and self._replaced < _MOST_REPLACED:
                self._replaced += 1
                self._start()

    def _stop(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            try:
                worker.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            worker.close()
        self._workers.clear()


def _last_line(errors: IO[bytes]) -> str:
    errors.seek(0)
    lines = errors.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it gave no reason"


def _error(code: int, said: str) -> Exception:
    """Return what a worker said as the error it was; one that nobody expected is a defect."""
    for kind in _kinds(ArenafitError):
        if kind.exit_code == code and code != ArenafitError.exit_code:
            return kind(said)
    if code == INTERRUPTED:
        return ConfigError(f"a worker was interrupted: {said}")
    return WorkerDefectError(f"a worker of the sweep ended: {said}")


def _kinds(base: type[ArenafitError]) -> list[type[ArenafitError]]:
    return [kind for direct in base.__subclasses__() for kind in (direct, *_kinds(direct))]
