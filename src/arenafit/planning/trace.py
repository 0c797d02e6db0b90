"""A plan as a Chrome trace, to look at in Perfetto (ui.perfetto.dev) or chrome://tracing.

The layout is the one ExecuTorch's memory trace made known: the x axis is bytes (shown as microseconds), one row per
step from top to bottom, a slice for every buffer that lives then. Where buffers share memory without one lying within
the other, a step has a second row, as slices of a row can only nest.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypedDict

from arenafit.planning.offsets import aligned_size_bytes
from arenafit.planning.problem import Buffer, BufferId, Plan, Problem

_PROCESS = 1
_MOST_STEPS = 1 << 16


class _Event(TypedDict, total=False):
    name: str
    ph: str
    pid: int
    tid: int
    ts: int
    dur: int
    args: dict[str, object]


def chrome_trace(
    problem: Problem,
    plan: Plan,
    *,
    title: str = "arena",
    buffers: Mapping[BufferId, str] | None = None,
    steps: Mapping[int, str] | None = None,
) -> str:
    """Return `plan` as a JSON document in Chrome's trace event format.

    Args:
        problem: what was planned.
        plan: a valid plan for it.
        title: what the row of rows is called.
        buffers: names of buffers; the others are called by their ids.
        steps: names of steps, such as operators; the others are called by their numbers.
    """
    names = buffers or {}
    events: list[_Event] = [_named("process_name", 0, f"{title}: {plan.height_bytes} bytes")]
    row = 0
    for step in _steps(problem):
        live = [buffer for buffer in problem.buffers if buffer.live.first <= step < buffer.live.end]
        used = sum(aligned_size_bytes(problem, buffer) for buffer in live)
        label = f"{step} {(steps or {}).get(step, '')}".strip()
        for lane in _lanes(problem, plan, live):
            row += 1
            events.append(_named("thread_name", row, f"{label} ({used} bytes live)"))
            events.append(_Event(name="thread_sort_index", ph="M", pid=_PROCESS, tid=row, args={"sort_index": row}))
            events.extend(_slice(problem, plan, buffer, row, names.get(buffer.id, f"#{buffer.id}")) for buffer in lane)
    about = {"x axis": "bytes, shown as microseconds", "height_bytes": plan.height_bytes}
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ns", "otherData": about}, indent=1) + "\n"


def _steps(problem: Problem) -> Iterable[int]:
    """Return the steps to draw: all of them, or where there are very many those in which something begins or ends."""
    lives = [buffer.live for buffer in problem.buffers]
    first, end = min((live.first for live in lives), default=0), max((live.end for live in lives), default=0)
    if end - first <= _MOST_STEPS:
        return range(first, end)
    return sorted({step for live in lives for step in (live.first, live.end - 1, live.end)} - {end})


def _named(kind: str, row: int, name: str) -> _Event:
    return _Event(name=kind, ph="M", pid=_PROCESS, tid=row, args={"name": name})


def _slice(problem: Problem, plan: Plan, buffer: Buffer, row: int, name: str) -> _Event:
    offset, size = plan.offsets_bytes[buffer.id], aligned_size_bytes(problem, buffer)
    facts: dict[str, object] = {
        "offset_bytes": offset,
        "size_bytes": buffer.size_bytes,
        "aligned_bytes": size,
        "first_step": buffer.live.first,
        "last_step": buffer.live.end - 1,
    }
    return _Event(name=name, ph="X", pid=_PROCESS, tid=row, ts=offset, dur=size, args=facts)


def _lanes(problem: Problem, plan: Plan, live: Sequence[Buffer]) -> Iterator[list[Buffer]]:
    """Yield the buffers of a step in rows in which any two are apart or one within the other."""
    ends = {buffer.id: plan.offsets_bytes[buffer.id] + aligned_size_bytes(problem, buffer) for buffer in live}
    waiting = sorted(live, key=lambda buffer: (plan.offsets_bytes[buffer.id], -ends[buffer.id], buffer.id))
    while waiting:
        lane, left, open_ends = [], [], [plan.height_bytes]
        for buffer in waiting:
            while open_ends[-1] <= plan.offsets_bytes[buffer.id] and len(open_ends) > 1:
                open_ends.pop()
            if ends[buffer.id] > open_ends[-1]:
                left.append(buffer)
                continue
            lane.append(buffer)
            open_ends.append(ends[buffer.id])
        yield lane
        waiting = left
