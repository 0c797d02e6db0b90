"""From offsets to a `Plan`: aligned sizes, the height, and the capacity rule every planner answers by."""

from collections.abc import Mapping

from arenafit.planning.problem import Buffer, BufferId, Outcome, Plan, Problem, TimedOut
from arenafit.units import align_up


def aligned_size_bytes(problem: Problem, buffer: Buffer) -> int:
    """Return the bytes `buffer` occupies: its size rounded up to the problem's alignment."""
    return align_up(buffer.size_bytes, problem.alignment_bytes)


def plan_at(problem: Problem, offsets_bytes: Mapping[BufferId, int]) -> Plan:
    """Return the plan that puts every buffer of `problem` at its offset, with the height that follows."""
    ends = (offsets_bytes[buffer.id] + aligned_size_bytes(problem, buffer) for buffer in problem.buffers)
    return Plan({buffer.id: offsets_bytes[buffer.id] for buffer in problem.buffers}, max(ends, default=0))


def within_capacity(problem: Problem, plan: Plan) -> Outcome:
    """Return `plan` where it keeps to the problem's capacity, else a `TimedOut` that carries it."""
    if problem.capacity_bytes is None or plan.height_bytes <= problem.capacity_bytes:
        return plan
    return TimedOut(best=plan)
