"""Which rows of which tensor each trip of an unrolled segment makes, and what every operator reads for them.

Unrolled, everything is known when the model is written: no row outside the image is ever made, no row that nobody
reads, and the last trip may make fewer rows than the others. Rows that two trips read are kept, or computed again.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from arenafit.ir import DType, Graph, Op, OpId, TensorId
from arenafit.ops.rows import SAME_PADDING, VALID_PADDING, Geometry, Pointwise, Window, same_padding
from arenafit.records import record
from arenafit.streaming.movable import is_movable
from arenafit.streaming.segment import Segment


class RowSpan(NamedTuple):
    """Rows [first, end) of a tensor."""

    first: int
    end: int

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self.end - self.first

    def holds(self, other: "RowSpan") -> bool:
        """Whether all rows of `other` are among these."""
        return self.first <= other.first and other.end <= self.end

    def joined(self, other: "RowSpan | None") -> "RowSpan":
        """Return the least span that holds both."""
        return self if other is None else RowSpan(min(self.first, other.first), max(self.end, other.end))

    def common(self, other: "RowSpan") -> "RowSpan":
        """Return the rows of both, none if they are apart."""
        first = max(self.first, other.first)
        return RowSpan(first, max(first, min(self.end, other.end)))


@record(frozen=True)
class Form:
    """How an unrolled segment is written.

    `keeps`: rows that the next trip reads again are kept; otherwise they are computed again. `slides`: kept rows stay
    where they are and the next ones are made behind them, so that line buffers move through memory; otherwise they are
    copied. `most_waste`: rows a window with padding may make in vain, as a share of those wanted, before its columns
    are padded by an operator instead. `cuts`: views cost nothing, so that operators read exactly what they need.
    """

    keeps: bool = False
    slides: bool = False
    most_waste: Fraction = Fraction(1, 2)
    cuts: bool = False


@record(frozen=True)
class Reading:
    """How an operator makes the rows `fresh` in one trip, out of the rows `span` of its streamed operands.

    With `padding` (SAME or VALID) it makes the rows `out`, of which some may be junk. With None its rows and columns
    are padded by an operator of their own first, `above` and `below` the rows read.
    """

    fresh: RowSpan
    span: RowSpan
    out: RowSpan
    padding: int | None = VALID_PADDING
    above: int = 0
    below: int = 0


@record(frozen=True)
class Trip:
    """What one trip reads and makes: `needs` by tensor, `readings` by operator (none where it makes nothing new)."""

    needs: Mapping[TensorId, RowSpan]
    readings: Mapping[OpId, Reading]
    pieces: Mapping[TensorId, RowSpan]  # rows of outputs that are new


@record(frozen=True)
class Stripes:
    """A segment cut into trips. `segment.ops` are run once a trip, those without a reading left out."""

    segment: Segment
    form: Form
    trips: tuple[Trip, ...]

    def made_rows(self, op: OpId) -> int:
        """Return the rows an operator computes over all trips."""
        return sum(trip.readings[op].out.size for trip in self.trips if op in trip.readings)

    @property
    def wastes(self) -> bool:
        """Whether windows make rows that nobody wants, for the padding of their columns."""
        return any(
            reading.padding is not None and reading.out.size > reading.fresh.size
            for trip in self.trips
            for reading in trip.readings.values()
        )


def make_stripes(graph: Graph, segment: Segment, rows: int, form: Form) -> Stripes | None:
    """Return the segment cut into stripes of `rows` rows of its last output, or None if it cannot be.

    It cannot if a tensor has an element type that TFLM does not move, if one trip would make everything, or with
    operators that upsample or average, or if windows stride over columns.
    """
    if not all(_is_plain(found) for found in segment.geometries.values()):
        return None
    if segment.axis == 2 and any(
        isinstance(found, Window) and found.stride > 1 for found in segment.geometries.values()
    ):
        return None  # see `_Emitter._view`: stripes of such images may have columns left over
    last = segment.ops[-1].outputs[0]
    height = graph.tensor(last).shape[segment.axis]
    count = -(-height // rows)
    tensors = (*segment.sources, *segment.unit_rates)
    if count < 2 or last not in segment.outputs or not all(is_movable(graph, tensor) for tensor in tensors):
        return None
    return _Cutter(graph, segment, form, rows, count).run()


def _is_plain(found: Geometry) -> bool:
    if not isinstance(found, Window):
        return isinstance(found, Pointwise)
    plain = Window(
        found.extent,
        found.stride,
        found.before,
        found.after,
        found.cross_before,
        found.cross_after,
        found.pad_value,
    )
    return found == plain and found.pad_value in ("zero_point", "lowest")


class _Cutter:
    def __init__(self, graph: Graph, segment: Segment, form: Form, rows: int, count: int) -> None:
        self._graph = graph
        self._segment = segment
        self._form = form
        self._most_waste, self._whole = form.most_waste.as_integer_ratio()  # products of Fractions take long
        self._rows = rows
        self._count = count
        self._made: dict[TensorId, int] = dict.fromkeys(segment.unit_rates, 0)
        self._given: dict[TensorId, int] = dict.fromkeys(segment.outputs, 0)

    def run(self) -> Stripes | None:
        trips = []
        for number in range(self._count):
            trip = self._trip(number)
            if trip is None:
                return None
            trips.append(trip)
        return Stripes(self._segment, self._form, tuple(trips))

    def _height(self, tensor: TensorId) -> int:
        return self._graph.tensor(tensor).shape[self._segment.axis]

    def _trip(self, number: int) -> Trip | None:
        needs: dict[TensorId, RowSpan] = {}
        readings: dict[OpId, Reading] = {}
        pieces: dict[TensorId, RowSpan] = {}
        for op in reversed(self._segment.ops):
            output = op.outputs[0]
            piece = self._piece(output, number, needs.get(output))
            if piece is not None:
                pieces[output] = piece
                needs[output] = piece.joined(needs.get(output))
            fresh = self._fresh(output, needs.get(output))
            if fresh is None:
                continue
            reading = self._reading(op, fresh)
            if reading is None:
                return None
            readings[op.id] = reading
            self._made[output] = max(self._made[output], reading.fresh.end)
            for operand in self._segment.streamed[op.id]:
                needs[operand] = reading.span.joined(needs.get(operand))
        return Trip(needs, readings, pieces)

    def _piece(self, output: TensorId, number: int, read: RowSpan | None) -> RowSpan | None:
        """The rows of an output that a trip adds to it: its share, or what operators inside read of it anyway."""
        if output not in self._given:
            return None
        height, given = self._height(output), self._given[output]
        if output == self._segment.ops[-1].outputs[0]:
            end = min(height, self._rows * (number + 1))
        elif read is not None:
            end = max(read.end, given)
        else:
            end = height * (number + 1) // self._count
        end = height if number == self._count - 1 else end
        self._given[output] = end
        return RowSpan(given, end) if end > given else None

    def _fresh(self, output: TensorId, need: RowSpan | None) -> RowSpan | None:
        if need is None or not self._form.keeps:
            return need
        # Without a gap, though this trip may read no row of it: a later one may.
        made = self._made[output]
        return RowSpan(made, need.end) if need.end > made else None

    def _reading(self, op: Op, fresh: RowSpan) -> Reading | None:
        found = self._segment.geometries[op.id]
        if not isinstance(found, Window):
            return Reading(fresh, fresh, fresh)
        source = self._graph.tensor(self._segment.streamed[op.id][0])
        height = source.shape[self._segment.axis]
        if op.name == "PAD":
            return _padded(found, fresh, height)
        return self._window(op, found, fresh, height)

    def _window(self, op: Op, window: Window, fresh: RowSpan, height: int) -> Reading | None:
        end = window.stride * (fresh.end - 1) - window.before + window.extent
        first = window.stride * fresh.first - window.before
        span = RowSpan(max(0, first), min(height, end))
        heights = (height, self._height(op.outputs[0]))
        across = bool(window.cross_before or window.cross_after)
        exact = made_of(window, VALID_PADDING, span, span, heights)
        if not across and exact is not None and exact[1].holds(fresh):
            return Reading(fresh, span, exact[0])
        if op.options is not None and op.options.get("padding") == SAME_PADDING:
            for wider in _widened(span, window.stride, height):
                same = made_of(window, SAME_PADDING, wider, wider, heights)
                if same is not None and same[1].holds(fresh):
                    if (same[0].size - fresh.size) * self._whole <= self._most_waste * fresh.size:
                        return Reading(fresh, wider, same[0], SAME_PADDING)
                    break
        if window.pad_value == "lowest" and self._graph.tensor(op.outputs[0]).dtype is DType.INT16:
            return None  # TFLM has no PADV2 for 16 bits
        return Reading(fresh, span, fresh, None, max(0, -first), max(0, end - height))


def _padded(window: Window, fresh: RowSpan, height: int) -> Reading:
    """How a PAD makes rows: at least one row of its operand is among them, for it cannot pad nothing."""
    first = min(max(fresh.first - window.before, 0), height - 1)
    end = max(min(fresh.end - window.before, height), 1)
    span = RowSpan(min(first, end - 1), max(end, first + 1))
    out = fresh.joined(RowSpan(span.first + window.before, span.end + window.before))
    return Reading(
        fresh,
        span,
        out,
        None,
        span.first + window.before - out.first,
        out.end - span.end - window.before,
    )


def _widened(span: RowSpan, stride: int, height: int) -> Iterator[RowSpan]:
    """The span, and spans a little wider inside the image, the narrowest first."""
    for more in range(2 * stride + 1):
        for above in range(min(more, stride) + 1):
            if span.first >= above and span.end + more - above <= height:
                yield RowSpan(span.first - above, span.end + more - above)


def made_of(
    window: Window, padding: int, rows: RowSpan, sound: RowSpan, heights: tuple[int, int]
) -> tuple[RowSpan, RowSpan] | None:
    """Return the rows of the output that a window makes of `rows` alone, and which of them are right.

    Args:
        window: the window as it slides over the whole operand.
        padding: SAME or VALID, over the rows alone.
        rows: rows of the operand.
        sound: those of `rows` that are right.
        heights: all rows of the operand, all rows of the output.

    Returns:
        (rows made, those that are right), or None if what is made falls between the rows of the output.
    """
    height, output_height = heights
    extent, stride, above = window.extent, window.stride, window.before
    begin, end = rows
    size = end - begin
    before = 0
    if padding == SAME_PADDING:
        before = same_padding(size, extent, stride)[0]
        count = -(-size // stride)
    else:
        count = (size - extent) // stride + 1
    start = begin - before + above
    first = start // stride
    if count < 1 or start % stride or first < 0 or first + count > output_height:
        return None
    low, high = first, first + count
    if sound.first > 0:
        low = max(low, -(-(sound.first + above) // stride))
    if sound.end < height:
        high = min(high, (sound.end + above - extent) // stride + 1)
    return RowSpan(first, first + count), RowSpan(low, max(low, high))
