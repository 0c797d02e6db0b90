"""Segments: operators that can be streamed together, with what every schedule of them shares."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from arenafit.ir import Graph, Op, OpId, TensorId
from arenafit.ops.rows import Geometry, Pointwise, Reduction, Window
from arenafit.records import record
from arenafit.streaming.op_geometry import geometry, reduced

# Whole numbers are ints: nearly all are.
Rate = Fraction | int
Rates = Mapping[TensorId, Rate]


@record(frozen=True)
class Segment:
    """Operators to stream together: convex, all with a geometry, over one axis."""

    axis: int
    ops: tuple[Op, ...]
    sources: tuple[TensorId, ...]  # streamed operands made outside
    outputs: tuple[TensorId, ...]  # tensors read outside, or graph outputs
    geometries: Mapping[OpId, Geometry]
    streamed: Mapping[OpId, tuple[TensorId, ...]]  # the operands read row by row
    unit_rates: Rates  # rows of every tensor made inside for one row of the last output

    @property
    def upsamples(self) -> bool:
        """Whether an operator makes several rows at a time."""
        return any(isinstance(item, Window) and item.factor > 1 for item in self.geometries.values())


def find_segment(graph: Graph, op_ids: Sequence[OpId]) -> Segment | None:
    """Return the segment of these operators, or None if they cannot be streamed together."""
    chosen = set(op_ids)
    ops = tuple(op for op in graph.ops if op.id in chosen)
    axis = _axis(graph, ops)
    if axis is None or not _convex(graph, chosen, {output for op in ops for output in op.outputs}):
        return None
    found = {op.id: geometry(graph, op, axis) for op in ops}
    known = {op_id: item for op_id, item in found.items() if item is not None}
    return segment_of_run(graph, ops, axis, known) if len(known) == len(ops) else None


def segment_of_run(graph: Graph, ops: tuple[Op, ...], axis: int, geometries: Mapping[OpId, Geometry]) -> Segment | None:
    """Return the segment of operators known to be convex (a run of the schedule), their geometries given."""
    if _axis(graph, ops) != axis:
        return None
    chosen = {op.id for op in ops}
    made = {output for op in ops for output in op.outputs}
    streamed = {op.id: _streamed(op, geometries[op.id]) for op in ops}
    sources = dict.fromkeys(operand for op in ops for operand in streamed[op.id] if operand not in made)
    outputs = tuple(tensor for op in ops for tensor in op.outputs if _leaves(graph, tensor, chosen))
    rates = _unit_rates(ops, made, geometries, streamed)
    if not sources or not outputs or rates is None or not _ends_with_reductions(ops, geometries, outputs):
        return None
    return Segment(axis, ops, tuple(sources), outputs, geometries, streamed, rates)


def _ends_with_reductions(ops: Sequence[Op], geometries: Mapping[OpId, Geometry], outputs: Sequence[TensorId]) -> bool:
    """Whether there is one reduction at most, and nobody in the segment reads what it makes behind the loop."""
    results = {op.outputs[0] for op in ops if isinstance(geometries[op.id], Reduction)}
    read = {operand for op in ops for operand in op.operands}
    return len(results) <= 1 and results <= set(outputs) and not results & read


def rows_of(graph: Graph, op: Op, found: Geometry, axis: int) -> int:
    """Return how many rows an operator goes through: those it makes, or those it averages."""
    return found.rows if isinstance(found, Reduction) else graph.tensor(op.outputs[0]).shape[axis]


def _leaves(graph: Graph, tensor: TensorId, chosen: set[OpId]) -> bool:
    return tensor in graph.outputs or any(user.id not in chosen for user in graph.uses.get(tensor, ()))


def _axis(graph: Graph, ops: Sequence[Op]) -> int | None:
    shapes = [(reduced(graph, op) or graph.tensor(op.outputs[0])).shape for op in ops if op.outputs]
    if not shapes or any(len(shape) != 4 for shape in shapes):
        return None
    return 2 if all(shape[1] == 1 for shape in shapes) else 1


def _convex(graph: Graph, chosen: set[OpId], made: set[TensorId]) -> bool:
    # No path may leave the segment and come back: the loop runs as one operator.
    tainted: set[TensorId] = set()
    for op in graph.ops:
        if op.id in chosen:
            if any(operand in tainted for operand in op.operands):
                return False
        elif any(operand in made or operand in tainted for operand in op.operands):
            tainted.update(op.outputs)
    return True


def _streamed(op: Op, found: Geometry) -> tuple[TensorId, ...]:
    if isinstance(found, Pointwise):
        positions: Iterable[int] = found.streamed
    else:
        positions = (found.operand if isinstance(found, Window) else 0,)
    named = (op.inputs[position] for position in positions)
    return tuple(dict.fromkeys(operand for operand in named if operand is not None))


def _unit_rates(
    ops: Sequence[Op],
    made: set[TensorId],
    geometries: Mapping[OpId, Geometry],
    streamed: Mapping[OpId, tuple[TensorId, ...]],
) -> Rates | None:
    rates: dict[TensorId, Rate] = {ops[-1].outputs[0]: 1}
    known, waits = 0, True
    while waits and len(rates) != known:
        known, waits = len(rates), False
        for op in reversed(ops):
            found = geometries[op.id]
            stride, factor = (found.stride, found.factor) if isinstance(found, Window) else (1, 1)
            inner = [operand for operand in streamed[op.id] if operand in made]
            fed = next((rates[operand] for operand in inner if operand in rates), None)
            if op.outputs[0] not in rates and fed is not None:
                rates[op.outputs[0]] = _ratio(fed.numerator * factor, fed.denominator * stride)
            wanted = rates.get(op.outputs[0])
            if wanted is None:
                waits = True
                continue
            needed = _ratio(wanted.numerator * stride, wanted.denominator * factor)
            if any(rates.setdefault(operand, needed) != needed for operand in inner):
                return None
    return rates if set(rates) == made else None


def _ratio(numerator: int, denominator: int) -> Rate:
    return Fraction(numerator, denominator) if numerator % denominator else numerator // denominator


def rates_for(segment: Segment, rows: Fraction | int) -> Rates | None:
    """Return the rows a trip of every tensor made inside, for `rows` of the last output; None if they do not fit."""
    rates = {
        tensor: _ratio(rate.numerator * rows.numerator, rate.denominator * rows.denominator)
        for tensor, rate in segment.unit_rates.items()
    }
    if all(rate.denominator == 1 for rate in rates.values()):
        return rates
    return rates if all(_sweepable(segment, op, rates) for op in segment.ops) else None


def _sweepable(segment: Segment, op: Op, rates: Rates) -> bool:
    """Whether the operator's rate is whole, or it is the swept window, or follows one row by row."""
    rate = rates[op.outputs[0]]
    found = segment.geometries[op.id]
    operands = [rates.get(operand) for operand in segment.streamed[op.id]]
    if isinstance(found, Window) and found.factor > 1 and any(item is not None for item in operands):
        return all(item is None or item.denominator == 1 for item in (rate, *operands))
    if rate.denominator == 1:
        return True
    if rate.numerator != 1 or any(operand is None for operand in operands):
        return False
    if isinstance(found, Window) and found.stride > 1:
        return len(operands) == 1 and operands[0] is not None and operands[0].denominator == 1
    row_by_row = isinstance(found, Pointwise) or (isinstance(found, Window) and found.extent == 1 and not found.pads)
    return row_by_row and all(operand == rate for operand in operands)


def grain(segment: Segment, op: Op, rates: Rates) -> int:
    """Return what the first row of trip 0 must be a multiple of, for what `op` makes.

    An operator that upsamples begins with the first row of its window. An output's rows must fall into place; so must
    those of a window that is moved inside the image.
    """
    output = op.outputs[0]
    found = segment.geometries[op.id]
    rate = rates[output]
    moved = isinstance(found, Window) and found.shifts
    if (moved or output in segment.outputs) and rate.denominator == 1:
        return int(rate)
    inside = any(operand in rates for operand in segment.streamed[op.id])
    if isinstance(found, Window) and (inside or not found.repeats):
        return found.factor
    return 1
