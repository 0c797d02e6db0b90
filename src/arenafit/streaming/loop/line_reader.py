"""Reading line buffers: the rows that an operator asks for, as they stand where that can be, or cut out."""

from arenafit.ir import Op, OpId, TensorId
from arenafit.streaming.loop.body import with_rows
from arenafit.streaming.loop.loop_state import CarriedRows, LoopState
from arenafit.streaming.loop.stripes import StripeWriter
from arenafit.streaming.schedule import Read


class LineReader:
    """Writes into the body of a loop how operators read line buffers.

    `kept`, `whole` and `new` are, by streamed tensor, what a trip keeps for the next, the line buffer with the new
    rows, and the new rows alone; `moved` has the line buffers whose last rows are where the next trip looks for them.
    """

    def __init__(self, state: LoopState, stripes: StripeWriter) -> None:
        """Read line buffers of the loop that `state` carries; there are none yet."""
        self.kept: dict[TensorId, CarriedRows] = {}
        self.whole: dict[TensorId, TensorId] = {}
        self.new: dict[TensorId, TensorId] = {}
        self.moved: set[TensorId] = set()
        self._cut: dict[tuple[OpId, TensorId], TensorId] = {}  # rows cut out before they are read
        self._written: set[OpId] = set()
        self._state = state
        self._stripes = stripes
        self._schedule = state.schedule
        self._editor = state.editor
        self._body = state.body_index
        self._w = state.body

    def begin(self, op: Op) -> None:
        """Note that `op` is written now, and reads no more later."""
        self._written.add(op.id)

    def rows(self, read: Read) -> TensorId:
        """The rows a read asks for, out of a line buffer."""
        whole = self.whole[read.tensor]
        if _moves_inside(read):
            return self._stripes.nearest_rows(read, whole)
        found = self._uncut(read)
        if found is None:
            found = self._cut.get((read.op, read.tensor))
        if found is None:
            found = self._left_early(read)
        return self._cut_out(read) if found is None else found

    def _uncut(self, read: Read) -> TensorId | None:
        """What a read takes as it is, if anything: the buffer where it ends with the window, new or old rows alone."""
        line = self._schedule.lines[read.tensor]
        whole = self.whole[read.tensor]
        skipped = read.start - (line.lead - line.carry)
        spare = line.carry + line.rate - skipped - read.rows
        # CMSIS-NN's convolution of images one row high computes wrongly on Helium where columns are left over.
        may_spare = read.window is not None and not read.window.exact and self._schedule.axis == 1
        harmless = read.window.stride if read.window is not None and may_spare else 1
        if _moves_inside(read) or (skipped == 0 and spare < harmless):
            return whole
        kept = self.kept.get(read.tensor)
        if kept is not None and kept.found == kept.written and (skipped, spare) == (0, line.rate):
            return kept.found  # just the rows of earlier trips
        return self.new.get(read.tensor) if (skipped, spare) == (line.carry, 0) else None

    def _cut_out(self, read: Read) -> TensorId:
        """Cut the rows that a read asks for out of a line buffer."""
        line = self._schedule.lines[read.tensor]
        tensor = self._editor.tensor(self.whole[read.tensor], self._body)
        shape = with_rows(tensor.shape, self._schedule.axis, read.rows)
        view = self._w.like(f"{tensor.name}_window", tensor, shape)
        begin = [0, 0, 0, 0]
        begin[self._schedule.axis] = read.start - (line.lead - line.carry)
        self._w.slice(tensor.id, self._w.ints("begin", begin), shape, view)
        return view

    def _left_early(self, read: Read) -> TensorId | None:
        """What a trip keeps of a line buffer, if a read asks for just that: it is moved on now, once for both.

        What others will read is cut out before, if that is no more than the new rows: their place is free then.
        """
        line, kept = self._schedule.lines[read.tensor], self.kept.get(read.tensor)
        whole = self._editor.tensor(self.whole[read.tensor], self._body)
        last = read.start - (line.lead - line.carry) == line.rate and read.rows == line.carry != line.rate
        if (
            kept is None
            or not last
            or self._editor.tensor(kept.found, self._body).shape[self._schedule.axis] != line.carry
        ):
            return None
        later = [
            other for other in self._schedule.reads if other.tensor == read.tensor and other.op not in self._written
        ]
        if any(self._uncut(other) is not None for other in later) or sum(other.rows for other in later) > line.rate:
            return None
        for other in later:
            self._cut[other.op, other.tensor] = self._cut_out(other)
        self._state.last_rows(whole, line.rate, kept.left)
        self._cut[read.op, read.tensor] = kept.left
        self.moved.add(read.tensor)
        return kept.left


def _moves_inside(read: Read) -> bool:
    """Whether rows outside the image are not masked, but read inside it."""
    return read.window is not None and read.window.pads and not read.window.masks
