"""Tasks of one search on several cores: done in any order, and handed back in the order they were asked for.

The search itself works, too; with one job it does everything, and only what it asks for. Workers are processes of their
own program, started once a search turns out to be worth it; the tasks of one that cannot start, or is lost, are done by
the others.
"""

import contextlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Condition, Thread
from types import TracebackType
from typing import IO, Self, TypeVar

from arenafit.fit.search.frames import read_frame, write_frame
from arenafit.fit.search.tasks import Bench, Enumeration, Outcome, Pricing, Task
from arenafit.fit.search.wire import TaskWriter
from arenafit.fit.settings import Settings
from arenafit.ir import Model

T = TypeVar("T", Pricing, Enumeration)

# Work after which workers are started: what is done by then is not worth it.
_STEPS_ALONE = 300_000
# More steps than any limit: what a task may take of whose like none is known.
_UNKNOWN = 1 << 62
# Tasks that each job may be ahead of what the search has asked for, and that lie ready at a worker.
_AHEAD, _AT_WORKER = 3, 2
# Batches of tasks are too small to keep more busy.
_MOST_JOBS = 4


def usable_cores() -> int:
    """Return how many processes are worth having here: one for each core that is ours, up to four."""
    known = getattr(os, "sched_getaffinity", None)
    return min(_MOST_JOBS, len(known(0)) if known is not None else os.cpu_count() or 1)


class Ticket:
    """A task under way, and its outcome once there is one; `expected_steps` is what it is thought to take."""

    __slots__ = ("_expected_steps", "outcome", "task")

    def __init__(self, task: Task, expected_steps: int = 0) -> None:
        self.task = task
        self._expected_steps = expected_steps
        self.outcome: Outcome | None = None

    @property
    def steps(self) -> int:
        """How many steps the task takes, as far as that is known."""
        return self._expected_steps if self.outcome is None else self.outcome.steps


class Pool:
    """The processes of a search."""

    def __init__(self, original: Model, settings: Settings, seconds_left: Callable[[], float | None]) -> None:
        """Search `original`; `seconds_left` is asked whenever a task begins."""
        self._original = original
        self._settings = settings
        self._seconds_left = seconds_left
        self._bench = Bench(settings)
        self._waiting: deque[Ticket] = deque()
        self._changed = Condition()
        self._hands: list[_Hand] = []
        self._steps = 0
        self._last_done: dict[object, tuple[int, int]] = {}  # operators in a run, and the steps they took
        self._open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def each(self, tasks: Iterable[T], ends_within: Callable[[int], bool]) -> Iterator[tuple[T, Outcome]]:
        """Yield every task with its outcome, in order; some are begun ahead, unless there is one job only.

        `ends_within` says whether the search goes no further once so many more steps are done: a task behind those is
        not begun ahead, as nobody would ask for its outcome. How many a task takes is guessed by the last of its like.
        """
        ahead = 1 if self._settings.jobs == 1 else self._settings.jobs * _AHEAD
        source, under_way = iter(tasks), deque[tuple[T, Ticket]]()
        try:
            while True:
                while (
                    len(under_way) < ahead
                    and not (under_way and ends_within(sum(ticket.steps for _, ticket in under_way)))
                    and (task := next(source, None)) is not None
                ):
                    under_way.append((task, self.submitted(task)))
                if not under_way:
                    return
                task, ticket = under_way.popleft()
                outcome = self.awaited(ticket)
                self._last_done[_like(task)] = (_operators(task), outcome.steps)
                yield task, outcome
        finally:
            with self._changed:
                left = {id(ticket) for _, ticket in under_way}
                self._waiting = deque(item for item in self._waiting if id(item) not in left)

    def run(self, task: Task) -> Outcome:
        """Return the outcome of a task, done here and now."""
        outcome = self._bench.run(task, self._seconds_left())
        self._steps += outcome.steps
        return outcome

    def close(self) -> None:
        """End the workers, and what they are at."""
        with self._changed:
            self._open = False
            self._waiting.clear()
            self._changed.notify_all()
        for hand in self._hands:
            hand.end()
            hand.join()

    def submitted(self, task: Task) -> Ticket:
        """Return the ticket of a task that anybody may begin from now on."""
        ticket = Ticket(task, self._expected_steps(task))
        with self._changed:
            self._waiting.append(ticket)
            self._changed.notify_all()
        if self._steps >= _STEPS_ALONE and not self._hands and sys.executable:
            self._hands = [_Hand(self) for _ in range(self._settings.jobs - 1)]
            for hand in self._hands:
                hand.start()
        return ticket

    def _expected_steps(self, task: Task) -> int:
        """Return what a task is thought to take: as the last of its like, and as the square of operators in a run."""
        known = self._last_done.get(_like(task))
        if known is None and isinstance(task, Pricing) and task.patience.steps is not None:
            return task.patience.steps
        return _UNKNOWN if known is None else known[1] * _operators(task) ** 2 // known[0] ** 2

    def awaited(self, ticket: Ticket) -> Outcome:
        """Return the outcome of a task; what others have not begun is done here meanwhile, in order."""
        while True:
            with self._changed:
                while ticket.outcome is None and not self._waiting:
                    self._changed.wait()
                if ticket.outcome is not None:
                    break
                own = ticket if ticket in self._waiting else self._waiting[0]
                self._waiting.remove(own)
            own.outcome = self.run(own.task)
        if ticket.outcome.failure is not None and isinstance(ticket.task, Enumeration):
            return self.run(ticket.task)  # for the error itself
        return ticket.outcome

    def taken(self, *, idle: bool) -> Ticket | None:
        """Return a task for a worker; None if there is none, for one that is `idle` only once all is over."""
        with self._changed:
            while idle and self._open and not self._waiting:
                self._changed.wait()
            return self._waiting.popleft() if self._open and self._waiting else None

    def done(self, ticket: Ticket, outcome: Outcome) -> None:
        """Take an outcome from a worker."""
        with self._changed:
            ticket.outcome = outcome
            self._steps += outcome.steps
            self._changed.notify_all()

    def given_back(self, tickets: Iterable[Ticket]) -> None:
        """Take back the tasks of a worker that was lost."""
        with self._changed:
            self._waiting.extendleft(reversed([ticket for ticket in tickets if ticket.outcome is None]))
            self._changed.notify_all()

    def line(self) -> tuple[TaskWriter, bytes]:
        """Return what writes tasks for a new worker, and the first message to it."""
        writer = TaskWriter(self._original)
        # What is compared in the end is nothing a task asks for.
        return writer, writer.first(replace(self._settings, samples=(), older=None, jobs=1))

    def seconds_left(self) -> float | None:
        """Return the seconds that a task may take, None without a cap."""
        return self._seconds_left()


def _like(task: Task) -> object:
    """Return what is equal for tasks that take about as many steps."""
    if isinstance(task, Pricing):
        return replace(task.patience, aim_bytes=None)
    return task.listing.unrolled, task.listing.touching is None


def _operators(task: Task) -> int:
    return task.listing.length if isinstance(task, Enumeration) else 1


class _Hand(Thread):
    """Keeps one worker busy."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(daemon=True)
        self._pool = pool
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        held = deque[Ticket]()
        try:
            with contextlib.suppress(OSError, ValueError):  # a worker that is gone
                self._serve(held)
        finally:
            self.end()
            self._pool.given_back(held)
            if self._process is not None:
                for pipe in _pipes(self._process):
                    with contextlib.suppress(OSError):  # what was still to be written to a worker that is gone
                        pipe.close()

    def end(self) -> None:
        process = self._process
        if process is not None:
            process.kill()
            process.wait()

    def _serve(self, held: "deque[Ticket]") -> None:
        process = self._process = _started()
        source, target = _pipes(process)
        writer, first = self._pool.line()
        write_frame(target, first)
        while True:
            while len(held) < _AT_WORKER:
                ticket = self._pool.taken(idle=not held)
                if ticket is None:
                    break
                held.append(ticket)
                write_frame(target, writer.tasks(ticket.task, self._pool.seconds_left()))
            answer = read_frame(source) if held else None
            if answer is None:
                return
            ticket = held[0]
            self._pool.done(ticket, writer.outcome(answer, ticket.task))
            held.popleft()


def _started() -> subprocess.Popen[bytes]:
    # -P: a file in the user's directory must not pass for a module of ours.
    path = os.pathsep.join([str(Path(__file__).parents[3]), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "arenafit.fit.search.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert process.stdout is not None and process.stdin is not None  # noqa: S101, PT018 - we asked for pipes
    return process.stdout, process.stdin
