"""Which segments of a schedule could be streamed, and roughly what each would cost: the material of the search."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from arenafit.ir import Graph, Model, TensorId
from arenafit.rewrites.streaming import Schedule, find_segment, geometry, make_schedule
from arenafit.rewrites.streaming.estimate import Estimate, estimate

LONGEST_SEGMENT = 16
ROWS: tuple[Fraction, ...] = tuple(
    Fraction(*pair) for pair in ((1, 4), (1, 3), (1, 2), (1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (8, 1))
)
PHASES = 4


@dataclass(frozen=True, slots=True)
class Option:
    """Streaming the operators [first, end) of the main schedule, `schedule.lines` telling how."""

    first: int
    end: int
    rows: Fraction
    phase: int
    schedule: Schedule
    estimate: Estimate
    live_bytes: int  # with what lives through the segment


@dataclass(frozen=True, slots=True)
class _Spans:
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


def _spans(graph: Graph) -> _Spans:
    position = {op.id: index for index, op in enumerate(graph.ops)}
    first: dict[TensorId, int] = dict.fromkeys(graph.inputs, -1)
    last: dict[TensorId, int] = {}
    for op in graph.ops:
        for output in op.outputs:
            first[output] = position[op.id]
    for tensor in first:
        users = graph.uses.get(tensor, ())
        last[tensor] = len(graph.ops) if tensor in graph.outputs else max((position[op.id] for op in users), default=0)
    return _Spans(first, last)


def options(model: Model, *, rows: tuple[Fraction, ...] = ROWS, longest: int = LONGEST_SEGMENT) -> Iterator[Option]:
    """Yield every way to stream a run of operators of the main schedule."""
    graph = model.main
    spans = _spans(graph)
    for axis in (1, 2):
        streamable = [geometry(graph, op, axis) is not None for op in graph.ops]
        for start in range(len(graph.ops)):
            for end in range(start + 1, min(start + longest, len(graph.ops)) + 1):
                if not streamable[end - 1]:
                    break
                yield from _range_options(graph, spans, axis, start, end, rows)


def _range_options(
    graph: Graph, spans: _Spans, axis: int, start: int, end: int, rows: tuple[Fraction, ...]
) -> Iterator[Option]:
    segment = find_segment(graph, [op.id for op in graph.ops[start:end]])
    if segment is None or segment.axis != axis:
        return
    through = spans.through_bytes(graph, start, end)
    height = graph.tensor(segment.ops[-1].outputs[0]).shape[axis]
    for count in rows:
        if count >= height:
            break
        best: Option | None = None
        for phase in range(PHASES):
            schedule = make_schedule(graph, segment, count, phase)
            if schedule is None:
                continue
            cost = estimate(graph, schedule)
            found = Option(start, end, count, phase, schedule, cost, through + cost.live_bytes)
            if best is None or (found.live_bytes, cost.tensors) < (best.live_bytes, best.estimate.tensors):
                best = found
        if best is not None:
            yield best
