"""What changed in memory between two models, figure by figure and operator by operator, as plain data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import ClassVar

from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.answers.views import diff_answer
from arenafit.report.documents.document import Document
from arenafit.report.documents.memory_changes import MemoryChanges, memory_changes
from arenafit.report.documents.memory_map import MapBuffer
from arenafit.report.documents.operators import OperatorRow
from arenafit.report.documents.views import ModelView


@dataclass(frozen=True, slots=True)
class Change:
    """One figure before and after."""

    what: str
    unit: str  # bytes, or what is counted
    before: int
    after: int

    @property
    def difference(self) -> int:
        """How much it grew."""
        return self.after - self.before

    @property
    def percent(self) -> float | None:
        """How much it grew in percent; None from zero."""
        return 100 * self.difference / self.before if self.before else None


@dataclass(frozen=True, slots=True)
class OpChange:
    """An operator that is in both models (changed), in the second alone (added) or in the first alone (removed)."""

    change: str
    before: OperatorRow | None
    after: OperatorRow | None

    @property
    def label(self) -> str:
        """Such as ``#3 CONV_2D``, or ``#3 -> graph 2 #13 CONV_2D`` for one that moved."""
        old, new = self.before, self.after
        if old is None or new is None or old.label == new.label:
            found = new or old
            return "" if found is None else found.label
        return f"{old.label.removesuffix(old.name).rstrip()} -> {new.label}"

    @property
    def weight_bytes(self) -> int:
        """How far the memory it concerns moved: what to list first."""
        old, new = self.before, self.after
        if old is not None and new is not None:
            live = abs((new.live_bytes or 0) - (old.live_bytes or 0))
            return live + abs(_own(new) - _own(old))
        found = old or new
        return 0 if found is None else _own(found)


@dataclass(frozen=True, slots=True)
class BufferChange:
    """A buffer of the head that came, went, or changed its size or lifetime; sizes are 0 where it is not."""

    change: str
    name: str
    before_bytes: int
    after_bytes: int
    before_steps: int
    after_steps: int


@dataclass(frozen=True, slots=True)
class Interface:
    """An input or output that is not what it was."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class DiffDocument(Document):
    """Two models on one target. `unchanged_ops` operators are the same in both, and so is what lives beside them."""

    NAME: ClassVar[str] = "diff"
    VERSION: ClassVar[int] = 1

    before: str
    after: str
    before_sha256: str
    after_sha256: str
    target: str
    figures: str  # "predicted"; instructions are estimated
    estimated: tuple[str, ...]
    totals: tuple[Change, ...]
    tail: tuple[Change, ...]
    peak_before: str
    peak_after: str
    interface: tuple[Interface, ...]
    ops: tuple[OpChange, ...]
    unchanged_ops: int
    buffers: tuple[BufferChange, ...]
    answer: Answer
    memories: MemoryChanges | None = None  # over several memories, if some were named

    @property
    def is_same(self) -> bool:
        """Whether nothing that is compared changed."""
        changed = any(row.difference for row in (*self.totals, *self.tail))
        spread = self.memories is not None and not self.memories.is_same
        return not (changed or spread or self.interface or self.ops or self.buffers)


def diff(before: ModelView, after: ModelView) -> DiffDocument:
    """Return what changed from one model to the other; both must be views for the same target."""
    old, new = before.inspection, after.inspection
    ops, unchanged = _op_changes(before.operators, after.operators)
    return DiffDocument(
        before=old.model,
        after=new.model,
        before_sha256=old.model_sha256,
        after_sha256=new.model_sha256,
        target=old.target.name,
        figures=old.figures,
        estimated=tuple(dict.fromkeys((*old.estimated, *new.estimated))),
        totals=tuple(_totals(before, after)),
        tail=tuple(_tail(before, after)),
        peak_before=_peak(before),
        peak_after=_peak(after),
        interface=tuple(_interface(before, after)),
        ops=ops,
        unchanged_ops=unchanged,
        buffers=tuple(_buffer_changes(before.memory.buffers, after.memory.buffers)),
        answer=diff_answer(old, new),
        memories=memory_changes(before, after),
    )


def _totals(before: ModelView, after: ModelView) -> Iterator[Change]:
    old, new = before.inspection, after.inspection
    yield Change("smallest working arena", "bytes", old.min_arena_bytes, new.min_arena_bytes)
    yield Change("head", "bytes", old.head.size_bytes, new.head.size_bytes)
    yield Change("live bytes at the peak", "bytes", old.head.bound_bytes, new.head.bound_bytes)
    yield Change("tail", "bytes", old.tail.size_bytes, new.tail.size_bytes)
    yield Change("transient", "bytes", old.transient_bytes, new.transient_bytes)
    yield Change("flash (model file)", "bytes", old.model_bytes, new.model_bytes)
    yield Change("graphs", "graphs", old.graphs, new.graphs)
    yield Change("operators", "operators", old.operators, new.operators)
    yield Change("tensors", "tensors", old.tensors, new.tensors)
    yield Change("MACs of one Invoke", "MACs", before.work.macs, after.work.macs)
    yield Change("instructions, estimated", "instructions", before.work.instructions, after.work.instructions)


def _tail(before: ModelView, after: ModelView) -> Iterator[Change]:
    old = {row.category: row.size_bytes for row in before.memory.tail}
    new = {row.category: row.size_bytes for row in after.memory.tail}
    for category in dict.fromkeys((*old, *new)):
        yield Change(category, "bytes", old.get(category, 0), new.get(category, 0))


def _peak(view: ModelView) -> str:
    return view.inspection.head.peak.why


def _interface(before: ModelView, after: ModelView) -> Iterator[Interface]:
    for what, old, new in (("input", before.inputs, after.inputs), ("output", before.outputs, after.outputs)):
        for place in range(max(len(old), len(new))):
            left = old[place] if place < len(old) else "-"
            right = new[place] if place < len(new) else "-"
            if left != right:
                yield Interface(f"{what} {place}", left, right)


def _op_changes(before: Sequence[OperatorRow], after: Sequence[OperatorRow]) -> tuple[tuple[OpChange, ...], int]:
    changes: list[OpChange] = []
    unchanged = 0
    for old, new in _matched(before, after):
        if old is not None and new is not None:
            if _facts(old) == _facts(new):
                unchanged += 1
                continue
            changes.append(OpChange("changed", old, new))
        else:
            changes.append(OpChange("added" if old is None else "removed", old, new))
    return tuple(changes), unchanged


def _matched(
    before: Sequence[OperatorRow], after: Sequence[OperatorRow]
) -> Iterator[tuple[OperatorRow | None, OperatorRow | None]]:
    """Pair the operators: the same name and output first, then the same weights anywhere, then the same name in order.

    What moved into the body of a loop keeps its weights, so it is found there.
    """
    pairs: dict[int, OperatorRow] = {}
    left, right = list(before), list(after)
    for key in (_by_output, _by_weights, _by_kind):
        matcher = SequenceMatcher(None, [key(row) for row in left], [key(row) for row in right], autojunk=False)
        blocks = matcher.get_matching_blocks()
        found = [(left[one.a + at], right[one.b + at]) for one in blocks for at in range(one.size)]
        pairs |= {old.number: new for old, new in found if key(old)}
        matched = {new.number for new in pairs.values()}
        left = [row for row in left if row.number not in pairs]
        right = [row for row in right if row.number not in matched]
    yield from _in_order(before, pairs, right)


def _in_order(
    before: Sequence[OperatorRow], pairs: Mapping[int, OperatorRow], added: Sequence[OperatorRow]
) -> Iterator[tuple[OperatorRow | None, OperatorRow | None]]:
    """The pairs and what was removed in the first model's order, what was added before the pair that follows it."""
    waiting = list(added)
    for row in before:
        other = pairs.get(row.number)
        while other is not None and waiting and waiting[0].number < other.number:
            yield None, waiting.pop(0)
        yield row, other
    yield from ((None, row) for row in waiting)


def _by_output(row: OperatorRow) -> tuple[str, ...]:
    return (row.name, row.output) if row.output else ()


def _by_weights(row: OperatorRow) -> tuple[str, ...]:
    return (row.name, row.weights) if row.weights else ()


def _by_kind(row: OperatorRow) -> tuple[str, ...]:
    return (row.name, str(row.graph))


def _facts(row: OperatorRow) -> tuple[object, ...]:
    sizes = (row.in_bytes, row.out_bytes, row.scratch_bytes, row.tail_bytes, row.live_bytes)
    return (row.name, row.graph, row.output_shape, row.output_dtype, *sizes, row.macs, row.instructions)


def _own(row: OperatorRow) -> int:
    return row.out_bytes + row.scratch_bytes + row.tail_bytes


def _buffer_changes(before: Sequence[MapBuffer], after: Sequence[MapBuffer]) -> Iterator[BufferChange]:
    old, new = _by_name(before), _by_name(after)
    for key in dict.fromkeys((*old, *new)):
        left, right = old.get(key), new.get(key)
        found = BufferChange(
            "changed" if left and right else "added" if right else "removed",
            key[0],
            left.size_bytes if left else 0,
            right.size_bytes if right else 0,
            left.last - left.first + 1 if left else 0,
            right.last - right.first + 1 if right else 0,
        )
        if (found.before_bytes, found.before_steps) != (found.after_bytes, found.after_steps):
            yield found


def _by_name(buffers: Sequence[MapBuffer]) -> dict[tuple[str, int], MapBuffer]:
    # Names need not be unique: the first of a name is compared with the first of that name.
    found: dict[tuple[str, int], MapBuffer] = {}
    counts: dict[str, int] = {}
    for buffer in buffers:
        count = counts.get(buffer.name, 0)
        counts[buffer.name] = count + 1
        found[buffer.name, count] = buffer
    return found
