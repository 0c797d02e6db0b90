"""A Chrome trace of the whole arena, to look at in Perfetto: the plan of the head step by step, and the tail.

The head is laid out as `arenafit.planning.trace` does it: bytes across, a row per step. The tail follows as a process
of its own, a row per category, at the addresses it has in the smallest arena.
"""

import json
from typing import Any

from arenafit.ir import Model
from arenafit.planning.problem import BufferId, Plan
from arenafit.planning.trace import chrome_trace
from arenafit.tflm import Allocation, Footprint

_TAIL = 2  # the process; the head is 1


def trace(model: Model, footprint: Footprint, name: str) -> str:
    """Return the trace of a footprint of `model` as JSON in Chrome's trace event format."""
    offsets = {BufferId(number): item.offset_bytes for number, item in enumerate(footprint.plan)}
    names = {BufferId(number): item.buffer.what for number, item in enumerate(footprint.plan)}
    labels = {
        op.id: f"{f'graph {number} ' if number else ''}#{index} {op.code.label}"
        for number, graph in enumerate(model.graphs)
        for index, op in enumerate(graph.ops)
    }
    steps = {scope: labels[op] for scope, op in footprint.lifetimes.op_at.items()}
    plan = Plan(offsets, footprint.head_bytes)
    head = json.loads(chrome_trace(footprint.problem, plan, title=f"{name}: head", buffers=names, steps=steps))
    head["traceEvents"] += _tail(footprint, name)
    head["otherData"] |= {"arena_bytes": footprint.min_arena_bytes, "tail_bytes": footprint.tail_bytes}
    return json.dumps(head, indent=1) + "\n"


def _tail(footprint: Footprint, name: str) -> list[dict[str, Any]]:
    title = f"{name}: tail: {footprint.tail_bytes} bytes"
    events: list[dict[str, Any]] = [
        {"name": "process_name", "ph": "M", "pid": _TAIL, "tid": 0, "args": {"name": title}}
    ]
    rows: dict[str, int] = {}
    end_bytes = footprint.min_arena_bytes
    for item in footprint.tail:
        category = item.category.value
        if category not in rows:
            rows[category] = len(rows) + 1
            named = {"name": category}
            events.append({"name": "thread_name", "ph": "M", "pid": _TAIL, "tid": rows[category], "args": named})
        end_bytes -= item.size_bytes
        events.append(_slice(item, rows[category], end_bytes))
    return events


def _slice(item: Allocation, row: int, offset_bytes: int) -> dict[str, Any]:
    facts = {"offset_bytes": offset_bytes, "size_bytes": item.size_bytes, "requested_bytes": item.requested_bytes}
    return {
        "name": item.what,
        "ph": "X",
        "pid": _TAIL,
        "tid": row,
        "ts": offset_bytes,
        "dur": item.size_bytes,
        "args": facts,
    }
