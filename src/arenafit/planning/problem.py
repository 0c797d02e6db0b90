"""Three tiny types: a Problem of buffers with lifetimes, a Plan of offsets, and the ways a planner can end without one.

Nothing here knows neural networks. Times are steps; intervals are half-open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, NewType, Protocol, runtime_checkable

from arenafit.planning.distances import Distances
from arenafit.planning.work import Work
from arenafit.records import record

BufferId = NewType("BufferId", int)


class Interval(NamedTuple):
    """Steps [first, end)."""

    first: int
    end: int

    def overlaps(self, other: "Interval") -> bool:
        """Whether some step lies in both."""
        return self.first < other.end and other.first < self.end


def united(intervals: Iterable[Interval]) -> list[Interval]:
    """Return the steps of all `intervals` as few as can be, ascending and apart."""
    found: list[Interval] = []
    for live in sorted(intervals):
        if found and live.first <= found[-1].end:
            found[-1] = Interval(found[-1].first, max(found[-1].end, live.end))
        else:
            found.append(live)
    return found


@record(frozen=True)
class Buffer:
    """A block of memory needed over an interval."""

    id: BufferId
    size_bytes: int  # as asked for; a planner rounds up to the problem's alignment
    live: Interval
    fixed_offset_bytes: int | None = None  # already placed; a planner must keep it


@dataclass(frozen=True, slots=True)
class Share:
    """Permission for two buffers that live at the same time to overlap in memory.

    Allowed besides being disjoint: offset(second) - offset(first) lies in [lowest_bytes, highest_bytes], where None
    means unbounded. In place is [0, 0]; an output that may run behind its input by at most d bytes is [None, d].
    """

    first: BufferId
    second: BufferId
    lowest_bytes: int | None = 0
    highest_bytes: int | None = 0

    @property
    def distances(self) -> Distances:
        """What is allowed besides being disjoint."""
        return Distances(self.lowest_bytes, self.highest_bytes)


@dataclass(frozen=True)
class Problem:
    """Buffers to place, the overlaps allowed, the alignment every offset must have, and a capacity if there is one."""

    buffers: tuple[Buffer, ...]
    shares: tuple[Share, ...] = ()
    alignment_bytes: int = 16
    capacity_bytes: int | None = None

    @cached_property
    def by_id(self) -> Mapping[BufferId, Buffer]:
        """Buffers by id."""
        return {buffer.id: buffer for buffer in self.buffers}


@dataclass(frozen=True, slots=True)
class Plan:
    """Where every buffer of a problem goes. `height_bytes` = the largest end, sizes rounded up to the alignment."""

    offsets_bytes: Mapping[BufferId, int]
    height_bytes: int


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No plan exists within the capacity (proved), or the fixed buffers collide."""

    reason: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The planner did all work it was allowed and has no plan within the capacity; `best` is the lowest it found."""

    best: Plan | None = field(default=None)


Outcome = Plan | Infeasible | TimedOut


@runtime_checkable
class Planner(Protocol):
    """A way to place buffers. Deterministic for the same problem, seed and work allowed."""

    name: str

    def plan(self, problem: Problem, *, work: Work | None = None) -> Outcome:
        """Return a plan, or why there is none; None as work is what the planner does by default."""
        ...
