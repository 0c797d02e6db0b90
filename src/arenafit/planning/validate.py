"""The dumb O(n²) judge of plans. It shares no code with the planners' data structures, on purpose."""

from collections.abc import Iterable
from itertools import combinations

from arenafit.errors import PlanError
from arenafit.planning.offsets import aligned_size_bytes
from arenafit.planning.problem import Buffer, Plan, Problem, Share


def validate(problem: Problem, plan: Plan) -> None:
    """Check that `plan` solves `problem`.

    Every buffer has an offset that is not negative and aligned (a fixed buffer: exactly its fixed offset); two buffers
    overlap in memory only if their lifetimes are disjoint or a `Share` permits their distance; the height is the
    largest end, sizes rounded up to the alignment; the capacity, if there is one, is kept. Buffers of no size overlap
    with nothing.

    Raises:
        PlanError: naming the buffer, or the pair of buffers, that breaks a rule.
    """
    _check_ids(problem, plan)
    for buffer in problem.buffers:
        _check_offset(problem, plan, buffer)
    for first, second in combinations(problem.buffers, 2):
        if first.live.overlaps(second.live):
            _check_pair(problem, plan, first, second)
    _check_height(problem, plan)


def _check_ids(problem: Problem, plan: Plan) -> None:
    wanted = [buffer.id for buffer in problem.buffers]
    if len(set(wanted)) != len(wanted):
        raise PlanError("the problem lists a buffer id twice")
    missing = sorted(set(wanted) - set(plan.offsets_bytes))
    unknown = sorted(set(plan.offsets_bytes) - set(wanted))
    if missing or unknown:
        raise PlanError(f"the plan lacks buffers {missing} and places buffers {unknown} that the problem has not")


def _check_offset(problem: Problem, plan: Plan, buffer: Buffer) -> None:
    offset = plan.offsets_bytes[buffer.id]
    fixed = buffer.fixed_offset_bytes
    if fixed is not None and offset != fixed:
        raise PlanError(f"buffer {buffer.id} is fixed at offset {fixed} but the plan puts it at {offset}")
    if offset < 0:
        raise PlanError(f"buffer {buffer.id} has the negative offset {offset}")
    if fixed is None and offset % problem.alignment_bytes:
        raise PlanError(f"buffer {buffer.id} is at offset {offset}, not a multiple of {problem.alignment_bytes}")


def _check_pair(problem: Problem, plan: Plan, first: Buffer, second: Buffer) -> None:
    a, b = plan.offsets_bytes[first.id], plan.offsets_bytes[second.id]
    a_end, b_end = a + aligned_size_bytes(problem, first), b + aligned_size_bytes(problem, second)
    if max(a, b) >= min(a_end, b_end) or _is_shared(problem.shares, first, second, b - a):
        return
    raise PlanError(
        f"buffers {first.id} and {second.id} overlap: bytes [{a}, {a_end}) and [{b}, {b_end}) while both live in "
        f"steps [{max(first.live.first, second.live.first)}, {min(first.live.end, second.live.end)})"
    )


def _is_shared(shares: Iterable[Share], first: Buffer, second: Buffer, delta_bytes: int) -> bool:
    return any(
        (share.first == first.id and share.second == second.id and share.distances.permits(delta_bytes))
        or (share.first == second.id and share.second == first.id and share.distances.permits(-delta_bytes))
        for share in shares
    )


def _check_height(problem: Problem, plan: Plan) -> None:
    ends = (plan.offsets_bytes[buffer.id] + aligned_size_bytes(problem, buffer) for buffer in problem.buffers)
    height = max(ends, default=0)
    if plan.height_bytes != height:
        raise PlanError(f"the plan says {plan.height_bytes} bytes high but its buffers end at {height}")
    if problem.capacity_bytes is not None and height > problem.capacity_bytes:
        raise PlanError(f"the plan is {height} bytes high, above the capacity of {problem.capacity_bytes}")
