"""The operators of an unrolled segment in their order, as plain data: what is written, and what is estimated.

A stripe is some rows of a tensor; a node makes one stripe of others. Every trip runs each operator of the segment once
over what it needs; rows are cut out of stripes as views, and joined where they are kept from the trip before.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from arenafit.ir import Graph, Op, OpId, TensorId
from arenafit.ops.rows import VALID_PADDING, PadValue, Window
from arenafit.records import record
from arenafit.streaming.unrolled.tiles import Reading, RowSpan, Stripes, made_of

Kind = Literal["view", "copy", "join", "pad", "clone"]

# kMaxInputNum of tensorflow/lite/micro/kernels/concatenation.cc (2026-08).
MOST_JOINED = 10


@record(frozen=True, eq=False)
class Stripe:
    """Rows of a tensor, of which `sound` are right; `across` columns of padding are on their left and right."""

    tensor: TensorId
    rows: RowSpan
    sound: RowSpan
    trip: int = 0
    across: tuple[int, int] = (0, 0)
    whole: bool = False  # the tensor itself


@record(frozen=True)
class Node:
    """An operator that makes `output`: rows cut out in place or copied, joined, padded, or computed by `op`."""

    kind: Kind
    inputs: tuple[Stripe, ...]
    output: Stripe
    op: Op | None = None
    padding: int | None = None
    pads: tuple[int, int] = (0, 0)  # rows above and below
    value: PadValue = "zero_point"


def straight(graph: Graph, stripes: Stripes, *, late: bool = False) -> tuple[Node, ...]:
    """Return the nodes of an unrolled segment.

    Rows of its sources are cut out before anything is computed, so that results may stand where rows were that no
    later trip reads; `late`: each trip's as it begins, so that a source stays whole until the last.
    """
    return _Straight(graph, stripes, late=late).run()


class _Straight:
    def __init__(self, graph: Graph, stripes: Stripes, *, late: bool) -> None:
        self._graph = graph
        self._stripes = stripes
        self._segment = stripes.segment
        self._late = late
        self._trip = 0
        self._early: list[Node] = []
        self._nodes: list[Node] = []
        self._views: dict[tuple[Stripe, RowSpan], Stripe] = {}
        self._now: dict[TensorId, Stripe] = {}
        self._kept: dict[TensorId, Stripe] = {}
        self._made: dict[TensorId, int] = dict.fromkeys(stripes.segment.unit_rates, 0)
        self._pieces: dict[TensorId, list[Stripe]] = {output: [] for output in stripes.segment.outputs}
        self._firsts = self._first_rows_held()

    def run(self) -> tuple[Node, ...]:
        whole = {
            tensor: Stripe(tensor, span := RowSpan(0, self._height(tensor)), span, whole=True)
            for tensor in self._segment.sources
        }
        for number, trip in enumerate(self._stripes.trips):
            self._trip = number
            for source, stripe in whole.items():
                if source in trip.needs:
                    nodes = self._nodes if self._late else self._early
                    self._now[source] = self._view(stripe, trip.needs[source], nodes)
            for op in self._segment.ops:
                reading = trip.readings.get(op.id)
                if reading is not None:
                    self._make(op, reading)
                    piece = trip.pieces.get(op.outputs[0])
                    if piece is not None:
                        self._pieces[op.outputs[0]].append(self._view(self._now[op.outputs[0]], piece))
                self._keep_for_next(op)
        for output, pieces in self._pieces.items():
            self._finish(output, pieces)
        return (*self._early, *self._nodes)

    def _height(self, tensor: TensorId) -> int:
        return self._graph.tensor(tensor).shape[self._segment.axis]

    def _first_rows_held(self) -> list[dict[TensorId, int]]:
        """For each trip the first row of each tensor that it or a later one reads."""
        firsts: dict[TensorId, int] = {}
        found: list[dict[TensorId, int]] = []
        for trip in reversed(self._stripes.trips):
            for tensor, need in trip.needs.items():
                firsts[tensor] = min(need.first, firsts.get(tensor, need.first))
            found.append(dict(firsts))
        return found[::-1]

    # --- rows -----------------------------------------------------------------------------------------------------

    def _add(self, node: Node, nodes: list[Node] | None = None) -> Stripe:
        (self._nodes if nodes is None else nodes).append(node)
        return node.output

    def _stripe(self, tensor: TensorId, rows: RowSpan, across: tuple[int, int] = (0, 0)) -> Stripe:
        return Stripe(tensor, rows, rows, self._trip, across)

    def _view(self, stripe: Stripe, rows: RowSpan, nodes: list[Node] | None = None) -> Stripe:
        """Return some rows of a stripe, cut out unless they are all of it."""
        if stripe.rows == rows:
            return stripe
        if (stripe, rows) not in self._views:
            cut = self._stripe(stripe.tensor, rows)
            self._views[stripe, rows] = self._add(Node("view", (stripe,), cut), nodes)
        return self._views[stripe, rows]

    def _make(self, op: Op, reading: Reading) -> None:
        """Compute an operator's new rows, and put them behind the rows kept of its output."""
        output = op.outputs[0]
        raw = self._compute(op, reading)
        first = self._firsts[self._trip].get(output, reading.fresh.first)
        if self._stripes.form.keeps and first < reading.fresh.first:
            kept = self._kept.pop(output, None) or self._rows_kept(output, RowSpan(first, reading.fresh.first))
            new = self._view(raw, reading.fresh)
            raw = self._add(Node("join", (kept, new), self._stripe(output, RowSpan(first, reading.fresh.end))))
        self._now[output] = raw
        self._made[output] = reading.fresh.end

    def _compute(self, op: Op, reading: Reading) -> Stripe:
        found = self._segment.geometries[op.id]
        streamed = self._segment.streamed[op.id]
        if op.name == "PAD" and isinstance(found, Window):
            source = self._view(self._now[streamed[0]], reading.span)
            pads = (reading.above, reading.below)
            made = Stripe(op.outputs[0], reading.out, reading.out, self._trip)
            return self._add(Node("pad", (source,), made, op, pads=pads))
        if isinstance(found, Window):
            return self._slide(op, found, reading, self._now[streamed[0]])
        stripes = [self._now[tensor] for tensor in streamed]
        rows, sound = stripes[0].rows, stripes[0].sound
        for stripe in stripes[1:]:
            sound = sound.common(stripe.sound)
        meet = all(stripe.rows == rows for stripe in stripes) and sound.holds(reading.fresh)
        if not meet or not self._worth_it(op, reading, rows, sound):
            stripes = [self._view(stripe, reading.span) for stripe in stripes]
            rows = sound = reading.span
        return self._add(Node("clone", tuple(stripes), Stripe(op.outputs[0], rows, sound, self._trip), op))

    def _slide(self, op: Op, window: Window, reading: Reading, source: Stripe) -> Stripe:
        output, span, padding = op.outputs[0], reading.span, reading.padding
        if padding is None:
            padded = self._pad(window, reading, self._view(source, span))
            made = self._stripe(output, reading.out)
            return self._add(Node("clone", (padded,), made, op, VALID_PADDING))
        heights = (self._height(source.tensor), self._height(output))
        if source.rows != span:
            found = made_of(window, padding, source.rows, source.sound, heights)
            if found is not None and found[1].holds(reading.fresh) and self._worth_it(op, reading, *found):
                made = Stripe(output, *found, self._trip)
                return self._add(Node("clone", (source,), made, op, padding))
        found = made_of(window, padding, span, span, heights)
        rows, sound = found or (reading.out, reading.fresh)
        made = Stripe(output, rows, sound, self._trip)
        return self._add(Node("clone", (self._view(source, span),), made, op, padding))

    def _worth_it(self, op: Op, reading: Reading, rows: RowSpan, sound: RowSpan) -> bool:
        """Whether to run an operator over a stripe as it is, junk included, instead of cutting out what it needs."""
        if rows == reading.out:
            return True
        joined = self._stripes.form.keeps or op.outputs[0] in self._segment.outputs
        # Junk that has to be cut off behind the operator had better be cut off in front of it.
        if self._stripes.form.cuts or (joined and rows != sound):
            return False
        return rows.size - reading.out.size <= max(2, reading.out.size // 8)

    def _pad(self, window: Window, reading: Reading, source: Stripe) -> Stripe:
        span = RowSpan(source.rows.first - reading.above, source.rows.end + reading.below)
        padded = self._stripe(source.tensor, span, (window.cross_before, window.cross_after))
        pads = (reading.above, reading.below)
        return self._add(Node("pad", (source,), padded, None, pads=pads, value=window.pad_value))

    # --- keeping --------------------------------------------------------------------------------------------------

    def _rows_kept(self, tensor: TensorId, rows: RowSpan) -> Stripe:
        stripe = self._now[tensor]
        if self._stripes.form.slides:
            return self._view(stripe, rows)
        return self._add(Node("copy", (stripe,), self._stripe(tensor, rows)))

    def _keep_for_next(self, op: Op) -> None:
        """Copy the rows that the next trip needs again, as soon as this one has read its last of them."""
        trips, form = self._stripes.trips, self._stripes.form
        if not form.keeps or self._trip + 1 == len(trips):
            return
        read = (op.outputs[0], *self._segment.streamed[op.id])
        for tensor in read:
            producer = self._graph.producers.get(tensor)
            if tensor not in self._now or tensor in self._kept or tensor not in self._made or producer is None:
                continue
            later = trips[self._trip + 1].readings.get(producer.id)
            if later is None or not self._is_last_use(op, tensor):
                continue
            first = self._firsts[self._trip + 1].get(tensor, later.fresh.first)
            if first < later.fresh.first:
                self._kept[tensor] = self._rows_kept(tensor, RowSpan(first, later.fresh.first))

    def _is_last_use(self, op: Op, tensor: TensorId) -> bool:
        readings: Mapping[OpId, Reading] = self._stripes.trips[self._trip].readings
        streamed = self._segment.streamed
        for other in reversed(self._segment.ops):
            if other.id in readings and (tensor in streamed[other.id] or tensor == other.outputs[0]):
                return other.id == op.id
        return False

    # --- giving out -----------------------------------------------------------------------------------------------

    def _finish(self, output: TensorId, pieces: Sequence[Stripe]) -> None:
        """Join the rows of an output; its pieces are the whole of it."""
        while len(pieces) > MOST_JOINED:
            groups = (pieces[start : start + MOST_JOINED] for start in range(0, len(pieces), MOST_JOINED))
            pieces = [self._joined(group) for group in groups]
        whole = RowSpan(0, self._height(output))
        self._add(Node("join", tuple(pieces), Stripe(output, whole, whole, whole=True)))

    def _joined(self, pieces: Sequence[Stripe]) -> Stripe:
        if len(pieces) == 1:
            return pieces[0]
        rows = RowSpan(pieces[0].rows.first, pieces[-1].rows.end)
        return self._add(Node("join", tuple(pieces), self._stripe(pieces[0].tensor, rows)))
