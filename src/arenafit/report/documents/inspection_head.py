"""Explains the head of a footprint: the peak and why it is one, what lives long, what is large, what nobody uses."""

from collections import Counter
from collections.abc import Iterable

from arenafit.ir import Model, OpId, Tensor, TensorId
from arenafit.report.documents.inspection import BufferRow, HeadRow, OpRow, PeakRow
from arenafit.tflm import Footprint, PlannedBuffer
from arenafit.units import format_size

_LISTED = 8
_LONG_STEPS = 4  # an activation that only passes from one operator to the next is kept for 2
_ORPHAN_SCOPE = -1
_ROLES = ("writes", "reads", "scratch", "input", "output", "activation", "held", "orphan")


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


def explain_head(model: Model, footprint: Footprint) -> HeadRow:
    """Return the head explained."""
    explained = _Explainer(model, footprint)
    plan = footprint.plan
    orphans = [item for item in plan if item.buffer.live.first == _ORPHAN_SCOPE]
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
        orphans=explained.rows(sorted(orphans, key=lambda item: -item.buffer.size_bytes)),
    )


class _Explainer:
    def __init__(self, model: Model, footprint: Footprint) -> None:
        self.model = model
        self.footprint = footprint
        self.op_at = footprint.lifetimes.op_at
        self.inputs = {tensor for graph in model.graphs for tensor in graph.inputs}
        self.outputs = {tensor for graph in model.graphs for tensor in graph.outputs}
        # Where an offline plan lets buffers share memory, bytes that are occupied count, once.
        self.peak_scope = max(footprint.live_bytes, key=lambda scope: _occupied_bytes(self.live_in(scope)), default=0)
        self.bound_bytes = _occupied_bytes(self.live_in(self.peak_scope))

    def live_in(self, scope: int) -> list[PlannedBuffer]:
        """Return the buffers that are kept in a scope."""
        return [item for item in self.footprint.plan if item.buffer.live.first <= scope < item.buffer.live.end]

    def steps(self, item: PlannedBuffer) -> int:
        """Return during how many operators a buffer is kept."""
        live = item.buffer.live
        return len({self.op_at[scope] for scope in range(live.first, live.end) if scope in self.op_at})

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
        return tuple(self.row(item, self._role(item)) for item in list(items)[:_LISTED])

    def row(self, item: PlannedBuffer, role: str, same_memory: int = 0) -> BufferRow:
        """Return a buffer as a row."""
        buffer = item.buffer
        tensor = self._tensor(buffer.tensor)
        scopes = [scope for scope in range(buffer.live.first, buffer.live.end) if scope in self.op_at]
        first = self.op_at[scopes[0]] if scopes and buffer.tensor not in self.inputs else None
        return BufferRow(
            name=tensor.name if tensor else buffer.what,
            shape=tensor.shape if tensor else (),
            dtype=tensor.dtype.label.lower() if tensor else "",
            size_bytes=buffer.size_bytes,
            offset_bytes=item.offset_bytes,
            role=role,
            first_op=op_row(self.model, first),
            last_op=op_row(self.model, self.op_at[scopes[-1]] if scopes else None),
            steps=self.steps(item),
            same_memory=same_memory,
        )

    def _tensor(self, tensor: TensorId | None) -> Tensor | None:
        return None if tensor is None else self.model.tensors[tensor]

    def _role(self, item: PlannedBuffer) -> str:
        tensor = item.buffer.tensor
        if tensor is None:
            return "scratch"
        if item.buffer.live.first == _ORPHAN_SCOPE:
            return "orphan"
        if tensor in self.inputs:
            return "input"
        return "output" if tensor in self.outputs else "activation"

    def _role_at(self, op: OpId | None, item: PlannedBuffer) -> str:
        if op is None:
            return self._role(item)
        buffer, found = item.buffer, self.model.ops[op]
        if buffer.tensor is None:
            return "scratch" if buffer.op == op else "held"
        if buffer.tensor in found.outputs:
            return "writes"
        return "reads" if buffer.tensor in found.operands else "held"


def _occupied_bytes(items: Iterable[PlannedBuffer]) -> int:
    occupied, end = 0, 0
    for item in sorted(items, key=lambda item: item.offset_bytes):
        occupied += max(0, item.end_bytes - max(item.offset_bytes, end))
        end = max(end, item.end_bytes)
    return occupied


def _outermost(items: list[PlannedBuffer]) -> list[tuple[PlannedBuffer, int]]:
    """Return the buffers that lie in no larger one before them, each with the number of those that lie in it."""
    kept: list[PlannedBuffer] = []
    inside: Counter[int] = Counter()
    for item in items:
        holder = next((place for place, outer in enumerate(kept) if _holds(outer, item)), None)
        if holder is None:
            kept.append(item)
        else:
            inside[holder] += 1
    return [(item, inside[place]) for place, item in enumerate(kept)]


def _holds(outer: PlannedBuffer, inner: PlannedBuffer) -> bool:
    return outer.offset_bytes <= inner.offset_bytes and inner.end_bytes <= outer.end_bytes


def _why(op: OpRow | None, rows: tuple[BufferRow, ...]) -> str:
    if op is None and rows and all(row.role == "orphan" for row in rows):
        return "tensors that no operator uses take more than any operator does: drop them (arenafit fit does)"
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
