"""TFLM's linear planner: every buffer behind the one before, nothing reused.

Mirrors tensorflow/lite/micro/memory_planner/linear_memory_planner.cc (commit 90b983c2 of 2026-08-20), save that fixed
buffers, which TFLM's linear planner cannot hold, keep their place and the others start above the highest of them.
"""

from dataclasses import dataclass

from arenafit.planning.offsets import aligned_size_bytes, plan_at, within_capacity
from arenafit.planning.problem import BufferId, Outcome, Problem
from arenafit.planning.work import Work
from arenafit.units import align_up


@dataclass(frozen=True, slots=True)
class TflmLinear:
    """Buffers one behind another in the order they were added."""

    name: str = "tflm-linear"

    def plan(self, problem: Problem, *, work: Work | None = None) -> Outcome:
        """Return the plan without any reuse; `TimedOut` with that plan if it is above the capacity."""
        if work is not None:
            work.spend(len(problem.buffers))
        offsets: dict[BufferId, int] = {
            buffer.id: buffer.fixed_offset_bytes for buffer in problem.buffers if buffer.fixed_offset_bytes is not None
        }
        fixed_ends = (offsets[key] + aligned_size_bytes(problem, problem.by_id[key]) for key in offsets)
        next_free = align_up(max(fixed_ends, default=0), problem.alignment_bytes)
        for buffer in problem.buffers:
            if buffer.fixed_offset_bytes is None:
                offsets[buffer.id] = next_free
                next_free += aligned_size_bytes(problem, buffer)
        return within_capacity(problem, plan_at(problem, offsets))


PLANNER = TflmLinear()
