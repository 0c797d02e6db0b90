"""Which segments of a schedule could be streamed, and roughly what each would cost: the material of the search."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import takewhile
from math import lcm

from arenafit.ir import Graph, Model, OpId, TensorId
from arenafit.planning.work import Work
from arenafit.records import record
from arenafit.streaming import Form, Geometry, Schedule, Segment, Stripes, geometry, make_schedule
from arenafit.streaming.loop.estimation import Estimate, estimate
from arenafit.streaming.segment import rows_of, segment_of_run

LONGEST_SEGMENT = 64
# Segments longer than this begin and end only where less lives than around it: elsewhere they would hold more.
_LONGEST_ANYWHERE = 12
ROWS: tuple[Fraction, ...] = tuple(
    Fraction(*pair) for pair in ((1, 4), (1, 3), (1, 2), (1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (8, 1))
)
PHASES = 4
# What it counts for to look at a segment, and to schedule and estimate it once, for each operator in it.
_STEPS_PER_SEGMENT, _STEPS_PER_OPERATOR = 100, 30

Delays = dict[tuple[int, bool], Mapping[TensorId, int]]
CostOfLoop = Callable[[Graph, Schedule], Estimate]


@record(frozen=True)
class Tiling:
    """Streaming the operators [first, end) of the main schedule, `schedule.lines` telling how."""

    first: int
    end: int
    rows: Fraction
    phase: int
    schedule: Schedule
    estimate: Estimate
    live_bytes: int  # with what lives through the segment
    stripes: Stripes | None = None  # how it is unrolled; None: a loop

    @property
    def form(self) -> Form | None:
        """How it is written if it is unrolled; None for a loop."""
        return None if self.stripes is None else self.stripes.form


@dataclass(frozen=True, slots=True)
class Spans:
    """First and last position in the main schedule at which each arena tensor matters."""

    first: Mapping[TensorId, int]
    last: Mapping[TensorId, int]

    def through_bytes(self, graph: Graph, start: int, end: int) -> int:
        """Bytes of tensors that live across [start, end) without being read in it."""
        inside = {operand for op in graph.ops[start:end] for operand in op.operands}
        return sum(
            graph.tensor(tensor).size_bytes
            for tensor, first in self.first.items()
            if first < start and self.last[tensor] >= end and tensor not in inside
        )

    def waists(self, graph: Graph) -> set[int]:
        """Positions in the main schedule across which fewer bytes live than before, and no more than next.

        Among them those behind operators that make of the inputs something as large, which may stand in their place (a
        QUANTIZE of bytes, say, which no loop can fetch rows of), and those before what makes the outputs so.
        """
        crossing = [0] * (len(graph.ops) + 1)
        for tensor, first in self.first.items():
            for position in range(first + 1, min(self.last[tensor], len(graph.ops)) + 1):
                crossing[position] += graph.tensor(tensor).size_bytes
        ends = {0, len(graph.ops)}
        ends.update(takewhile(lambda position: crossing[position] == crossing[0], range(len(crossing))))
        ends.update(takewhile(lambda position: crossing[position] == crossing[-1], reversed(range(len(crossing)))))
        return ends | {
            position
            for position in range(1, len(graph.ops))
            if crossing[position - 1] > crossing[position] <= crossing[position + 1]
        }


def spans(graph: Graph) -> Spans:
    """Return the positions at which each arena tensor of `graph` matters."""
    position = {op.id: index for index, op in enumerate(graph.ops)}
    first: dict[TensorId, int] = dict.fromkeys(graph.inputs, -1)
    last: dict[TensorId, int] = {}
    for op in graph.ops:
        for output in op.outputs:
            first[output] = position[op.id]
    for tensor in first:
        users = graph.uses.get(tensor, ())
        last[tensor] = len(graph.ops) if tensor in graph.outputs else max((position[op.id] for op in users), default=0)
    return Spans(first, last)


@dataclass(frozen=True)
class Ground:
    """A model, with what all segments of its main graph share; rows of `fed` come from the application."""

    model: Model
    fed: TensorId | None = None

    @property
    def graph(self) -> Graph:
        """The main graph."""
        return self.model.main

    @cached_property
    def spans(self) -> Spans:
        """When its tensors matter."""
        return spans(self.graph)

    @cached_property
    def waists(self) -> set[int]:
        """Where less lives than around it."""
        return self.spans.waists(self.graph)

    @cached_property
    def geometries(self) -> Mapping[int, Mapping[OpId, Geometry]]:
        """How operators read rows along each axis, those that can be streamed."""
        found = {axis: [(op.id, geometry(self.graph, op, axis)) for op in self.graph.ops] for axis in (1, 2)}
        return {axis: {op: item for op, item in known if item is not None} for axis, known in found.items()}

    def segment(self, start: int, end: int) -> Segment | None:
        """Return the segment of the operators [start, end); None if they cannot be streamed together."""
        for axis, ends in self._ends.items():
            if ends[start] < end:
                continue
            found = segment_of_run(self.graph, self.graph.ops[start:end], axis, self._of_run(axis, start, end))
            if found is not None:
                return found
        return None

    def _of_run(self, axis: int, start: int, end: int) -> Mapping[OpId, Geometry]:
        known = self.geometries[axis]
        return {op.id: known[op.id] for op in self.graph.ops[start:end]}

    @cached_property
    def _ends(self) -> Mapping[int, list[int]]:
        """For each axis how far a run from each operator on may go at most: all have geometries, and this axis."""
        ops = self.graph.ops
        found = {}
        for axis, known in self.geometries.items():
            ends = [0] * len(ops) + [len(ops)]
            for position in range(len(ops) - 1, -1, -1):
                ends[position] = ends[position + 1] if ops[position].id in known else position
            found[axis] = ends
        return found


def enumerate_loops(
    model: Model,
    *,
    touching: Collection[OpId] | None = None,
    rows: tuple[Fraction, ...] = ROWS,
    longest: int = LONGEST_SEGMENT,
    cost_of: CostOfLoop = estimate,
    fed: TensorId | None = None,
) -> Iterator[Tiling]:
    """Yield every way to stream a run of operators of the main schedule, short runs first.

    With `touching` only runs that hold one of these operators; `cost_of` says what a loop will cost. Rows of `fed` come
    from the application: the first operator reads them, in a loop.
    """
    ground, work = Ground(model, fed), Work()
    for length in range(1, longest + 1):
        for start, segment in runs(ground, length, touching=touching):
            yield from loops_of_segment(ground, segment, start, Rows(rows, cost_of), work)


def runs(ground: Ground, length: int, *, touching: Collection[OpId] | None = None) -> Iterator[tuple[int, Segment]]:
    """Yield the segments of so many operators with their positions; those with one of `touching`, if that is given."""
    ops = ground.graph.ops
    for start in range(len(ops) - length + 1):
        if length > _LONGEST_ANYWHERE and not {start, start + length} <= ground.waists:
            continue
        if touching is not None and not any(op.id in touching for op in ops[start : start + length]):
            continue
        found = ground.segment(start, start + length)
        if found is not None:
            yield start, found


def shifted(known: Iterable[Tiling], before: Graph, after: Graph) -> Iterator[Tiling]:
    """Yield options of `before` for `after`, where operators were replaced: those whose operators are all there."""
    position = {op.id: index for index, op in enumerate(after.ops)}
    for option in known:
        places = [position.get(op.id) for op in before.ops[option.first : option.end]]
        first = places[0]
        if first is not None and places == list(range(first, first + len(places))):
            yield replace(option, first=first, end=first + len(places))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a segment's last output to make a trip: numbers to try, what a loop will cost, what is worth having.

    `below_bytes`: options that hold as much as that, or more, are left out, as far as that can be told; None: none are.
    """

    counts: tuple[Fraction, ...] = ROWS
    cost_of: CostOfLoop = estimate
    below_bytes: int | None = None


def loops_of_segment(ground: Ground, segment: Segment, start: int, wanted: Rows, work: Work) -> Iterator[Tiling]:
    """Yield the ways to stream a segment that begins at `start`: for each number of rows the one that holds least."""
    graph, end = ground.graph, start + len(segment.ops)
    fed = ground.fed if ground.fed in segment.sources else None
    if fed is not None and any(extent != 1 for extent in graph.tensor(fed).shape[: segment.axis]):
        return  # its rows are no runs of bytes
    through = ground.spans.through_bytes(graph, start, end)
    work.spend(_STEPS_PER_SEGMENT)
    if wanted.below_bytes is not None and through + _least_bytes(graph, segment, fed) >= wanted.below_bytes:
        return
    last = segment.ops[-1]
    height = rows_of(graph, last, segment.geometries[last.id], segment.axis)
    delays: Delays = {}
    strides = max(int(rate) for rate in segment.unit_rates.values())
    least = lcm(*(rate.denominator for rate in segment.unit_rates.values()))
    # Operators that upsample make several rows at once: so must a trip.
    multiples = (Fraction(least), Fraction(2 * least)) if least > 1 else ()
    for count in sorted({*wanted.counts, *multiples}):
        if count >= height:
            break
        written = (_written(ground, segment, count, phase, delays) for phase in range(min(PHASES, max(1, strides))))
        best: Tiling | None = None
        for schedule in written:
            work.spend(_STEPS_PER_OPERATOR * len(segment.ops))
            if schedule is None:
                continue
            cost = wanted.cost_of(graph, schedule[1])
            found = Tiling(start, end, count, *schedule, cost, through + cost.live_bytes)
            if best is None or (found.live_bytes, cost.tensors) < (best.live_bytes, best.estimate.tensors):
                best = found
        if best is not None and (wanted.below_bytes is None or best.live_bytes < wanted.below_bytes):
            yield best
        elif best is not None and count >= 1:
            break  # more rows hold more


def _written(
    ground: Ground,
    segment: Segment,
    count: Fraction,
    phase: int,
    delays: dict[tuple[int, bool], Mapping[TensorId, int]],
) -> tuple[int, Schedule] | None:
    fed = ground.fed if ground.fed in segment.sources else None
    made = make_schedule(ground.graph, segment, count, phase, delays=delays, fed=fed)
    return None if made is None else (phase, made)


def _least_bytes(graph: Graph, segment: Segment, fed: TensorId | None) -> int:
    """Return bytes that any loop of the segment holds: sources and outputs, the last of which may lie over a source."""
    made = graph.tensor(segment.ops[-1].outputs[0]).size_bytes
    sources = [graph.tensor(tensor).size_bytes for tensor in segment.sources if tensor != fed]
    outputs = sum(graph.tensor(tensor).size_bytes for tensor in segment.outputs)
    return sum(sources) + outputs - max((min(made, size) for size in sources), default=0)
