"""TFLM's own greedy planner, offset by offset: what stock TFLM does without an offline plan, or around one.

Mirrors tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc (commit 90b983c2 of 2026-08-20). The order of
`Problem.buffers` is the order of TFLM's `AddBuffer` calls; a fixed buffer is one with an offline offset.
"""

from bisect import bisect_right
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeAlias

from arenafit.planning.offsets import aligned_size_bytes, plan_at, within_capacity
from arenafit.planning.problem import Buffer, BufferId, Outcome, Problem
from arenafit.planning.work import Work

# Offset and its end, first step and end of the steps, buffer: thousands are compared with each other, as tuples.
_Placed: TypeAlias = tuple[int, int, int, int, BufferId]


@dataclass(frozen=True, slots=True)
class TflmGreedy:
    """Largest first into the lowest gap that is big enough; offline-planned buffers before all others.

    It knows no shares, and like TFLM it checks no fixed offset: what collides in the problem collides in the plan.
    """

    name: str = "tflm-greedy"

    def plan(self, problem: Problem, *, work: Work | None = None) -> Outcome:
        """Return the offsets that TFLM would choose; `TimedOut` with that plan if it is above the capacity."""
        if work is not None:
            work.spend(len(problem.buffers))
        placed: list[_Placed] = []
        for buffer in _order(problem):
            size = aligned_size_bytes(problem, buffer)
            offset = buffer.fixed_offset_bytes
            if offset is None:
                offset = _lowest_gap(placed, buffer, size)
            # A new entry goes behind those of the same offset, as the linked list of TFLM does it.
            index = bisect_right(placed, offset, key=itemgetter(0))
            placed.insert(index, (offset, offset + size, buffer.live.first, buffer.live.end, buffer.id))
        offsets: dict[BufferId, int] = {entry[4]: entry[0] for entry in placed}
        return within_capacity(problem, plan_at(problem, offsets))


def _order(problem: Problem) -> list[Buffer]:
    """Fixed buffers as added, then the others from the largest; of equal ones the last added comes first.

    TFLM fills its array of online buffers from the tail before its stable sort, which reverses ties.
    """
    fixed = [buffer for buffer in problem.buffers if buffer.fixed_offset_bytes is not None]
    online = [buffer for buffer in reversed(problem.buffers) if buffer.fixed_offset_bytes is None]
    return fixed + sorted(online, key=lambda buffer: -aligned_size_bytes(problem, buffer))


def _lowest_gap(placed: list[_Placed], buffer: Buffer, size_bytes: int) -> int:
    candidate = 0
    live_first, live_end = buffer.live.first, buffer.live.end
    for offset, offset_end, first, end, _ in placed:
        if first >= live_end or live_first >= end:
            continue
        if offset - candidate >= size_bytes:
            break
        candidate = max(candidate, offset_end)
    return candidate


PLANNER = TflmGreedy()
