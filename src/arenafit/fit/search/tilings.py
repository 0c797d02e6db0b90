"""Which segments of a schedule could be streamed, and roughly what each would cost: the material of the search."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

from arenafit.ir import Graph, Model, OpId, TensorId
from arenafit.streaming import Form, Schedule, Segment, Stripes, geometry, make_schedule
from arenafit.streaming.loop.estimation import Estimate, estimate
from arenafit.streaming.segment import rows_of, segment_of_run

LONGEST_SEGMENT = 64
# Segments longer than this begin and end only where less lives than around it: elsewhere they would hold more.
_LONGEST_ANYWHERE = 12
ROWS: tuple[Fraction, ...] = tuple(
    Fraction(*pair) for pair in ((1, 4), (1, 3), (1, 2), (1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (8, 1))
)
PHASES = 4

CostOfLoop = Callable[[Graph, Schedule], Estimate]


@dataclass(frozen=True, slots=True)
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
        """Positions in the main schedule across which fewer bytes live than before, and no more than next."""
        crossing = [0] * (len(graph.ops) + 1)
        for tensor, first in self.first.items():
            for position in range(first + 1, min(self.last[tensor], len(graph.ops)) + 1):
                crossing[position] += graph.tensor(tensor).size_bytes
        ends = {0, len(graph.ops)}
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


def options(
    model: Model,
    *,
    touching: Collection[OpId] | None = None,
    rows: tuple[Fraction, ...] = ROWS,
    longest: int = LONGEST_SEGMENT,
    cost_of: CostOfLoop = estimate,
    fed: TensorId | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Tiling]:
    """Yield every way to stream a run of operators of the main schedule, short runs first, until `stop` says so.

    With `touching` only runs that hold one of these operators; `cost_of` says what a loop will cost. Rows of `fed` come
    from the application: the first operator reads them, in a loop.
    """
    graph = model.main
    where = spans(graph)
    geometries = {axis: {op.id: geometry(graph, op, axis) for op in graph.ops} for axis in (1, 2)}
    waists = where.waists(graph)
    for length in range(1, longest + 1):
        for start in range(len(graph.ops) - length + 1):
            if stop():
                return
            if length > _LONGEST_ANYWHERE and not {start, start + length} <= waists:
                continue
            ops = graph.ops[start : start + length]
            if touching is not None and not any(op.id in touching for op in ops):
                continue
            for axis, known in geometries.items():
                found = {op.id: known[op.id] for op in ops}
                usable = {op_id: item for op_id, item in found.items() if item is not None}
                segment = segment_of_run(graph, ops, axis, usable) if len(usable) == len(ops) else None
                if segment is not None:
                    yield from _segment_options(graph, where, segment, rows, cost_of, fed=fed)


def shifted(known: Iterable[Tiling], before: Graph, after: Graph) -> Iterator[Tiling]:
    """Yield options of `before` for `after`, where operators were replaced: those whose operators are all there."""
    position = {op.id: index for index, op in enumerate(after.ops)}
    for option in known:
        places = [position.get(op.id) for op in before.ops[option.first : option.end]]
        first = places[0]
        if first is not None and places == list(range(first, first + len(places))):
            yield replace(option, first=first, end=first + len(places))


def _segment_options(
    graph: Graph,
    where: Spans,
    segment: Segment,
    rows: tuple[Fraction, ...],
    cost_of: CostOfLoop,
    *,
    fed: TensorId | None = None,
) -> Iterator[Tiling]:
    if fed not in segment.sources:
        fed = None
    elif fed is not None and any(extent != 1 for extent in graph.tensor(fed).shape[: segment.axis]):
        return  # its rows are no runs of bytes
    start = next(index for index, op in enumerate(graph.ops) if op.id == segment.ops[0].id)
    end = start + len(segment.ops)
    through = where.through_bytes(graph, start, end)
    last = segment.ops[-1]
    height = rows_of(graph, last, segment.geometries[last.id], segment.axis)
    delays: dict[tuple[int, bool], Mapping[TensorId, int]] = {}
    strides = max(int(rate) for rate in segment.unit_rates.values())
    least = lcm(*(rate.denominator for rate in segment.unit_rates.values()))
    # Operators that upsample make several rows at once: so must a trip.
    multiples = (Fraction(least), Fraction(2 * least)) if least > 1 else ()
    for count in sorted({*rows, *multiples}):
        if count >= height:
            break
        best: Tiling | None = None
        for phase in range(min(PHASES, max(1, strides))):
            schedule = make_schedule(graph, segment, count, phase, delays=delays, fed=fed)
            if schedule is None:
                continue
            cost = cost_of(graph, schedule)
            found = Tiling(start, end, count, phase, schedule, cost, through + cost.live_bytes)
            if best is None or (found.live_bytes, cost.tensors) < (best.live_bytes, best.estimate.tensors):
                best = found
        if best is not None:
            yield best
