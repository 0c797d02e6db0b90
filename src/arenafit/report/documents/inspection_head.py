"""Explains the head of a footprint: the peak and why it is one, what lives long, what is large, what nobody uses."""

from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Model, OpId, Tensor, TensorId
from arenafit.planning.occupancy import Occupancy
from arenafit.report.documents.inspection import BufferRow, HeadRow, OpRow, PeakRow
from arenafit.tflm import Footprint, PlannedBuffer
from arenafit.units import format_size
from arenafit.validity.flow import reached

_LISTED = 8
_LONG_STEPS = 4  # an activation that only passes from one operator to the next is kept for 2
_ORPHAN_SCOPE = -1
_ROLES = ("writes", "reads", "scratch", "input", "output", "activation", "held", "orphan", "unreached")


def op_row(model: Model, op: OpId | None) -> OpRow | None:
    """Return the operator as a row; None for None."""
    if op is None:
        return None
    for number, graph in enumerate(model.graphs):
        for index, candidate in enumerate(graph.ops):
            if candidate.id == op:
                output = graph.by_id[candidate.outputs[0]].name if candidate.outputs else ""
                return OpRow(number, index, candidate.code.label, output)
    return None


def touched(model: Model) -> frozenset[TensorId]:
    """Return the tensors that some operator or boundary of a graph names, whether or not that graph is ever run."""
    by_ops = {key for op in model.ops.values() for key in (*op.operands, *op.outputs)}
    return frozenset(by_ops | {key for graph in model.graphs for key in (*graph.inputs, *graph.outputs)})


def unreached(model: Model) -> frozenset[TensorId]:
    """Return the tensors of graphs that do not run when the model does, as those of another signature."""
    ran = reached(model)
    return frozenset(
        tensor.id for number, graph in enumerate(model.graphs) if number not in ran for tensor in graph.tensors
    )


def occupancy(footprint: Footprint) -> Occupancy:
    """Return, by scope, the bytes of the head in which something lives, shared memory counted once."""
    return Occupancy(
        (item.buffer.live.first, item.buffer.live.end, item.offset_bytes, item.end_bytes) for item in footprint.plan
    )


def explain_head(model: Model, footprint: Footprint) -> HeadRow:
    """Return the head explained."""
    explained = _Explainer(model, footprint)
    plan = footprint.plan
    unused = sorted(
        (item for item in plan if item.buffer.live.first == _ORPHAN_SCOPE), key=lambda item: -item.buffer.size_bytes
    )
    long_lived = [item for item in plan if explained.steps(item) >= _LONG_STEPS]
    return HeadRow(
        size_bytes=footprint.head_bytes,
        bound_bytes=explained.bound_bytes,
        planner=explained.planner(),
        peak=explained.peak(),
        long_lived=explained.rows(
            sorted(long_lived, key=lambda item: (-item.buffer.size_bytes, -explained.steps(item)))
        ),
        large=explained.rows(sorted(plan, key=lambda item: -item.buffer.size_bytes)),
        orphans=explained.rows(item for item in unused if explained.role(item) == "orphan"),
        unreached=explained.rows(item for item in unused if explained.role(item) == "unreached"),
    )


class _Explainer:
    def __init__(self, model: Model, footprint: Footprint) -> None:
        self.model = model
        self.footprint = footprint
        self.op_at = footprint.lifetimes.op_at
        self._scopes, self._earlier = _scopes(self.op_at)
        self.inputs = {tensor for graph in model.graphs for tensor in graph.inputs}
        self.outputs = {tensor for graph in model.graphs for tensor in graph.outputs}
        self.touched = touched(model)
        self.unreached = unreached(model)
        self.peak_scope = self._peak_scope()
        self.bound_bytes = _occupied_bytes(self.live_in(self.peak_scope))

    def _peak_scope(self) -> int:
        """Return the first scope in which most bytes are occupied; those that buffers share count once."""
        live_bytes, occupied = self.footprint.live_bytes, occupancy(self.footprint)
        peak, most = 0, -1
        # No more is occupied than lives: what holds less than the most so far need not be looked at.
        for scope in sorted(live_bytes, key=lambda scope: (-live_bytes[scope], scope)):
            if live_bytes[scope] < most:
                break
            here = occupied.at(scope)
            if here > most or (here == most and scope < peak):
                peak, most = scope, here
        return peak

    def live_in(self, scope: int) -> list[PlannedBuffer]:
        """Return the buffers that are kept in a scope."""
        return [item for item in self.footprint.plan if item.buffer.live.first <= scope < item.buffer.live.end]

    def steps(self, item: PlannedBuffer) -> int:
        """Return during how many operators a buffer is kept."""
        first, end = np.searchsorted(self._scopes, (item.buffer.live.first, item.buffer.live.end))
        # An operator that runs graphs has several scopes: the first of them in the interval counts.
        return int(np.count_nonzero(self._earlier[first:end] < item.buffer.live.first))

    def planner(self) -> str:
        """Return in a sentence whether another plan could be lower."""
        spare = self.footprint.head_bytes - self.bound_bytes
        shares = self.footprint.bound_bytes > self.bound_bytes
        if spare:
            return f"{format_size(spare)} bytes above its bound: a better plan can save up to that"
        if shares:
            return "at its bound: its offline plan lets buffers share memory, and none that shares the same is lower"
        return "at its bound: no plan can be lower unless buffers share memory; only a different graph can"

    def peak(self) -> PeakRow:
        """Return the peak with the role of each buffer in it."""
        found = self.op_at.get(self.peak_scope)
        items = sorted(self.live_in(self.peak_scope), key=lambda item: -item.buffer.size_bytes)
        roles = {id(item): self._role_at(found, item) for item in items}
        # The operator's own buffers first, so that of several in the same memory the telling one is shown.
        items.sort(key=lambda item: (-item.buffer.size_bytes, _ROLES.index(roles[id(item)])))
        rows = tuple(self.row(item, roles[id(item)], others) for item, others in _outermost(items))
        op = op_row(self.model, found)
        return PeakRow(op, self.bound_bytes, rows, _why(op, rows))

    def rows(self, items: Iterable[PlannedBuffer]) -> tuple[BufferRow, ...]:
        """Return the first of the buffers as rows, each with its role in the graph."""
        return tuple(self.row(item, self.role(item)) for item in list(items)[:_LISTED])

    def row(self, item: PlannedBuffer, role: str, same_memory: int = 0) -> BufferRow:
        """Return a buffer as a row."""
        buffer = item.buffer
        tensor = self._tensor(buffer.tensor)
        users = self.footprint.lifetimes.ops_in(buffer.live)
        first = users[0] if users and buffer.tensor not in self.inputs else None
        return BufferRow(
            name=tensor.name if tensor else buffer.what,
            shape=tensor.shape if tensor else (),
            dtype=tensor.dtype.label.lower() if tensor else "",
            size_bytes=buffer.size_bytes,
            offset_bytes=item.offset_bytes,
            role=role,
            first_op=op_row(self.model, first),
            last_op=op_row(self.model, users[-1] if users else None),
            steps=self.steps(item),
            same_memory=same_memory,
        )

    def _tensor(self, tensor: TensorId | None) -> Tensor | None:
        return None if tensor is None else self.model.tensors[tensor]

    def role(self, item: PlannedBuffer) -> str:
        """Return what a buffer is in the graph."""
        tensor = item.buffer.tensor
        if tensor is None:
            return "scratch"
        if item.buffer.live.first == _ORPHAN_SCOPE and tensor not in self.touched:
            return "orphan"
        if item.buffer.live.first == _ORPHAN_SCOPE and tensor in self.unreached:
            return "unreached"
        if tensor in self.inputs:
            return "input"
        return "output" if tensor in self.outputs else "activation"

    def _role_at(self, op: OpId | None, item: PlannedBuffer) -> str:
        if op is None:
            return self.role(item)
        buffer, found = item.buffer, self.model.ops[op]
        if buffer.tensor is None:
            return "scratch" if buffer.op == op else "held"
        if buffer.tensor in found.outputs:
            return "writes"
        return "reads" if buffer.tensor in found.operands else "held"


def _scopes(op_at: Mapping[int, OpId]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the scopes of operators, rising, and for each the scope before it of the same operator (-2 for none)."""
    latest: dict[OpId, int] = {}
    earlier = []
    for scope, op in op_at.items():
        earlier.append(latest.get(op, -2))
        latest[op] = scope
    return np.array(list(op_at), np.int64), np.array(earlier, np.int64)


def _occupied_bytes(items: Iterable[PlannedBuffer]) -> int:
    occupied, end = 0, 0
    for item in sorted(items, key=lambda item: item.offset_bytes):
        occupied += max(0, item.end_bytes - max(item.offset_bytes, end))
        end = max(end, item.end_bytes)
    return occupied


def _outermost(items: list[PlannedBuffer]) -> list[tuple[PlannedBuffer, int]]:
    """Return the buffers that lie in no larger one before them, each with the number of those that lie in it."""
    kept: list[PlannedBuffer] = []
    spans: list[tuple[int, int]] = []
    inside: Counter[int] = Counter()
    for item in items:
        first, end = item.offset_bytes, item.end_bytes
        holder = next((place for place, (low, high) in enumerate(spans) if low <= first and end <= high), None)
        if holder is None:
            kept.append(item)
            spans.append((first, end))
        else:
            inside[holder] += 1
    return [(item, inside[place]) for place, item in enumerate(kept)]


def _why(op: OpRow | None, rows: tuple[BufferRow, ...]) -> str:
    if op is None and rows and all(row.role == "orphan" for row in rows):
        return "tensors that no operator uses take more than any operator does: drop them (arenafit fit does)"
    if op is None and any(row.role == "unreached" for row in rows):
        return "tensors of graphs that the first one never runs (another signature): keep one signature when converting"
    if op is None:
        return "the inputs stand ready before the first operator"
    verbs = {"reads": "reads", "writes": "writes", "scratch": "needs as scratch", "held": "must leave in place"}
    parts = []
    for role, verb in verbs.items():
        sizes = [row.size_bytes for row in rows if row.role == role]
        if sizes:
            parts.append(
                f"{verb} {format_size(sum(sizes))} bytes{f' ({len(sizes)} buffers)' if len(sizes) > 1 else ''}"
            )
    return f"{op.label} {', '.join(parts)}; all of it is live at the same time"
