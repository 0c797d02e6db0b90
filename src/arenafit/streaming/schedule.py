"""When each row of each tensor of a segment exists: rates, delays, line buffers, trips.

In trip t every streamed tensor j gets the rows [rate*t + lead, rate*t + lead + rate). A window operator needs rows that
earlier trips produced: its operand's line buffer keeps `carry` rows. Rows outside the image are junk that is either
never needed or masked to the pad value.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Graph, Op, OpId, Tensor, TensorId
from arenafit.ops.rows import Geometry, Window
from arenafit.records import FieldsAlone, record
from arenafit.streaming.movable import is_movable
from arenafit.streaming.segment import Rate, Rates, Segment, rates_for, rows_of
from arenafit.streaming.skew import first_rows


@record(frozen=True)
class Read:
    """How one operand of an operator is read in trip 0: rows [start, start + rows), moving by `step` rows a trip.

    With `repeats` these are rows of an image that holds every row of the operand so often.
    """

    op: OpId
    tensor: TensorId
    start: int
    rows: int
    step: int
    window: Window | None
    repeats: int = 1

    def first_rows(self, trips: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the first row of the operand read in each of these trips; it may lie outside the image."""
        return np.asarray((self.start + trips * self.step) // self.repeats)


@record(frozen=True)
class PartialStride:
    """A window that moves by less than its stride a trip: one row is made in every trip, and only some are output rows.

    In trip t the window starts `origin + step*t` rows into the padded operand; it makes output row o when that is
    o*stride. A row made between goes where the next output row will overwrite it.
    """

    origin: int
    step: int
    stride: int

    def rows(self, trips: int, height: int) -> list[int]:
        """The row of the output that each trip stores to."""
        starts = (self.origin + self.step * trip for trip in range(trips))
        return [min(max(-(-start // self.stride), 0), height - 1) for start in starts]


@record(frozen=True)
class Line:
    """What a trip makes of one tensor: `rate` new rows from `lead`, with `carry` rows kept from before."""

    rate: int
    lead: int
    carry: int
    height: int  # rows of the whole tensor, or those it is the mean of
    sweep: PartialStride | None = None


@record(frozen=True)
class Schedule(FieldsAlone):
    """A segment's timing. `lines` holds the tensors made in the loop; reads of other tensors fetch from memory."""

    axis: int
    ops: tuple[Op, ...]
    trips: int
    lines: Mapping[TensorId, Line]
    reads: tuple[Read, ...]
    outputs: tuple[TensorId, ...]
    geometries: Mapping[OpId, Geometry]
    fed: TensorId | None = None  # the source whose rows come from the application, in the order they are read

    def reads_of(self, tensor: TensorId) -> Iterator[Read]:
        """The reads of one tensor."""
        return iter(self._reads_by_tensor.get(tensor, ()))

    @cached_property
    def _reads_by_tensor(self) -> Mapping[TensorId, tuple[Read, ...]]:
        found: dict[TensorId, tuple[Read, ...]] = {}
        for read in self.reads:
            found[read.tensor] = (*found.get(read.tensor, ()), read)
        return found


def make_schedule(
    graph: Graph,
    segment: Segment,
    rows: Fraction | int,
    phase: int = 0,
    *,
    delays: dict[tuple[int, bool], Mapping[TensorId, int]] | None = None,
    fed: TensorId | None = None,
) -> Schedule | None:
    """Return the schedule that makes `rows` rows of the segment's last output a trip, or None if there is none.

    With a fraction such as 1/4 the last strided window moves by a quarter of its stride a trip (see `PartialStride`).
    `phase` delays the first operators by that many rows, to meet strides behind them. `delays`, which do not
    hang on `rows` where nothing upsamples, keeps what was found for this segment from one call to the next.
    `fed` is a source whose rows come from the application.
    """
    rates = rates_for(segment, rows)
    moved = (tensor for tensor in (*segment.sources, *segment.unit_rates) if tensor != fed)
    if rates is None or not all(is_movable(graph, tensor) for tensor in moved):
        return None
    if not all(_in_whole_blocks(graph, segment, tensor, rates[tensor]) for tensor in segment.outputs):
        return None
    best: Schedule | None = None
    found = {} if delays is None or segment.upsamples else delays
    for lazy in (False, True):
        if (phase, lazy) not in found:
            found[phase, lazy] = first_rows(segment, rates, phase, lazy=lazy)
        leads = found[phase, lazy]
        if lazy and leads == found[phase, False]:
            continue
        candidate = _assemble(graph, segment, rates, leads, fed)
        if candidate is not None and (best is None or _kept_bytes(graph, candidate) < _kept_bytes(graph, best)):
            best = candidate
    return best


def _assemble(
    graph: Graph, segment: Segment, rates: Rates, leads: Mapping[TensorId, int], fed: TensorId | None
) -> Schedule | None:
    axis = segment.axis
    heights = {op.outputs[0]: rows_of(graph, op, segment.geometries[op.id], axis) for op in segment.ops}
    sweeps: dict[TensorId, PartialStride] = {}
    reads: list[Read] = []
    carries = dict.fromkeys(rates, 0)
    for op in segment.ops:
        found = segment.geometries[op.id]
        output = op.outputs[0]
        for operand in segment.streamed[op.id]:
            if rates[output].denominator > 1:
                read = _swept_read(op, operand, found, rates, leads=leads, sweeps=sweeps)
            else:
                read = _read(op, operand, found, int(rates[output]), leads[output], fetched=operand not in rates)
            if read is None:
                return None
            reads.append(read)
            if operand in carries and operand not in sweeps:
                carries[operand] = max(carries[operand], leads[operand] - read.start)
    lines = {
        tensor: Line(max(1, int(rates[tensor])), leads[tensor], carries[tensor], heights[tensor], sweeps.get(tensor))
        for tensor in rates
    }
    trips = _trips([lines[tensor] for tensor in segment.outputs])
    ahead = [tensor for tensor, line in lines.items() if line.lead > 0 and line.sweep is None]
    if trips is None or not all(_leading_rows_are_padding(graph, segment, tensor, lines[tensor]) for tensor in ahead):
        return None
    if not all(_pads_agree(graph.tensor(tensor), line, reads) for tensor, line in lines.items()):
        return None
    if any(read.window is not None and read.window.mirrors and read.tensor in lines for read in reads):
        return None  # only in memory do rows stand that come later, or came long ago
    made = Schedule(axis, segment.ops, trips, lines, tuple(reads), segment.outputs, segment.geometries, fed)
    if fed is not None and not _takes_rows_in_turn(made):
        return None
    return made if all(_is_fetchable(graph, made, read) for read in reads) else None


def _takes_rows_in_turn(schedule: Schedule) -> bool:
    """Whether each row of the source that is fed is read once, and in order."""
    reads = [read for read in schedule.reads if read.tensor == schedule.fed]
    return len(reads) == 1 and all(
        read.window is None and read.step == read.rows and read.repeats == 1 for read in reads
    )


def _in_whole_blocks(graph: Graph, segment: Segment, output: TensorId, rate: Rate) -> bool:
    # Known before any delay is: most numbers of rows fail here.
    op = graph.producers[output]
    return rate <= 1 or rows_of(graph, op, segment.geometries[op.id], segment.axis) % rate == 0


def _is_fetchable(graph: Graph, schedule: Schedule, read: Read) -> bool:
    shifts = read.window is not None and read.window.shifts
    if read.tensor in schedule.lines and not shifts:
        return True
    # Only a stripe of which all rows count can be moved inside the image.
    made = [schedule.lines[op.outputs[0]] for op in schedule.ops if op.id == read.op and shifts]
    whole = all(line.lead % line.rate == 0 == line.height % line.rate for line in made)
    return whole and read.rows <= read.repeats * graph.tensor(read.tensor).shape[schedule.axis]


def _trips(outputs: Sequence[Line]) -> int | None:
    """Trips until every output is whole; None if they end at different times or rows do not fall into place."""
    ends: set[int] = set()
    for line in outputs:
        if line.sweep is not None:
            way = line.sweep.stride * (line.height - 1) - line.sweep.origin
            # A window that starts behind the first position never makes the first row.
            if line.sweep.origin > 0 or way % line.sweep.step:
                return None
            ends.add(way // line.sweep.step + 1)
            continue
        if line.rate > 1 and (line.height % line.rate or line.lead % line.rate):
            return None
        ends.add(-(-(line.height - line.lead) // line.rate))
    return ends.pop() if len(ends) == 1 else None


def _swept_read(
    op: Op,
    operand: TensorId,
    found: Geometry,
    rates: Rates,
    *,
    leads: Mapping[TensorId, int],
    sweeps: dict[TensorId, PartialStride],
) -> Read | None:
    """The read of a swept window, or of an operator that follows one row by row; notes the output's sweep.

    None if an operator's operands are swept apart: their rows would not meet in the same trip.
    """
    output = op.outputs[0]
    if operand in sweeps or not isinstance(found, Window):
        if sweeps.setdefault(output, sweeps[operand]) != sweeps[operand]:
            return None
        return Read(op.id, operand, leads[operand], 1, 1, None)
    step = int(rates[operand])
    # The window ends with the newest row.
    start = leads[operand] + step - found.extent
    sweeps[output] = PartialStride(start + found.before, step, found.stride)
    return Read(op.id, operand, start, found.extent, step, found)


def _leading_rows_are_padding(graph: Graph, segment: Segment, tensor: TensorId, line: Line) -> bool:
    # Rows before the lead come from the initial line buffer, so they must be rows a PAD operator would have made, and
    # nobody outside may want them.
    if tensor in segment.outputs:
        return False
    op = graph.producers[tensor]
    found = segment.geometries[op.id]
    pads = isinstance(found, Window) and found.extent == 1 and found.stride == 1 and not found.mirrors
    return isinstance(found, Window) and pads and line.lead <= found.before


def _pads_agree(tensor: Tensor, line: Line, reads: Sequence[Read]) -> bool:
    # A line buffer holds one value outside the image, and in rows of a PAD that come before its first trip: that of a
    # max-pool and that of a convolution or PAD are equal only by chance.
    kinds = {
        read.window.pad_value
        for read in reads
        if read.tensor == tensor.id and read.window is not None and read.window.masks
    }
    if line.lead > 0 and line.sweep is None:
        kinds.add("zero_point")
    lowest = tensor.dtype is DType.INT8 and tensor.quant is not None and tensor.quant.zero_points == (-128,)
    return len(kinds) < 2 or lowest


def _read(op: Op, operand: TensorId, found: Geometry, rate: int, lead: int, *, fetched: bool) -> Read | None:
    if not isinstance(found, Window):
        return Read(op.id, operand, lead, rate, rate, None)
    if found.repeats and fetched:
        return Read(op.id, operand, lead, rate, rate, None, found.factor)
    if rate % found.factor or lead % found.factor:
        return None
    positions = rate // found.factor
    start = found.stride * (lead // found.factor) - found.before
    return Read(op.id, operand, start, found.stride * (positions - 1) + found.extent, found.stride * positions, found)


def _kept_bytes(graph: Graph, schedule: Schedule) -> int:
    def row_bytes(tensor: TensorId) -> int:
        return graph.tensor(tensor).size_bytes // max(1, schedule.lines[tensor].height)

    return sum((line.carry + line.rate) * row_bytes(tensor) for tensor, line in schedule.lines.items())
