"""Operators run on stripes of an image: the operator itself, told the stripe's size, and cut to the rows that count."""

from collections.abc import Sequence

import numpy as np

from arenafit.ir import Op, Tensor, TensorId
from arenafit.ops.rows import Window
from arenafit.streaming.geometry import size_operand
from arenafit.streaming.loop.body import with_rows, without_padding
from arenafit.streaming.loop.loop_state import LoopState
from arenafit.streaming.overwrite import rows_read
from arenafit.streaming.schedule import Read


class StripeWriter:
    """Writes operators of the main graph into a loop's body, to be run on some rows."""

    def __init__(self, state: LoopState) -> None:
        """Write into the body of `state`."""
        self._state = state
        self._editor = state.editor
        self._body = state.body_index
        self._w = state.body
        self._axis = state.schedule.axis

    def run(self, op: Op, inputs: Sequence[TensorId | None], output: Tensor) -> TensorId:
        """Append `op` on these operands; return the new rows of `output`, cut out of what else it makes on a stripe."""
        found, rows = self._state.schedule.geometries[op.id], self._state.schedule.lines[output.id].rate
        more = found.skipped + found.spare if isinstance(found, Window) else 0
        shape = with_rows(output.shape, self._axis, rows + more)
        made = self._w.like(f"{output.name}_new", output, shape)
        if op.name == "RESHAPE" and inputs[0] is not None:
            self._w.reshape(inputs[0], shape, made)
            return made
        size = size_operand(op, shape)
        taken = list(inputs)
        if size is not None:
            taken[size[0]] = self._w.ints("size", size[1])
        options = op.options if size is not None else without_padding(op)
        self._editor.append_op(self._editor.clone_op(op, taken, (made,), options=options), self._body)
        if not isinstance(found, Window) or not more:
            return made
        cut_shape = with_rows(output.shape, self._axis, rows)
        cut = self._w.like(f"{output.name}_cut", output, cut_shape)
        self._w.slice(made, self._begin(op, found), cut_shape, cut)
        return cut

    def nearest_rows(self, read: Read, whole: TensorId) -> TensorId:
        """Append what takes a read's rows out of its line buffer, the nearest inside for rows outside the image."""
        schedule = self._state.schedule
        line = schedule.lines[read.tensor]
        oldest = line.lead - line.carry + np.arange(schedule.trips)[:, None] * line.rate
        wanted = np.clip(rows_read(read, schedule.trips, line.height), 0, line.height - 1)
        # Where no such row is in the buffer, nothing that counts is made of it.
        places = np.clip(wanted - oldest, 0, line.carry + line.rate - 1)
        tensor = self._editor.tensor(whole, self._body)
        rows = self._w.like(f"{tensor.name}_rows", tensor, with_rows(tensor.shape, self._axis, read.rows))
        self._w.gather(whole, self._state.column("nearest", places), self._axis, rows)
        return rows

    def _begin(self, op: Op, window: Window) -> TensorId:
        """Where the rows that count begin in what an operator makes of a stripe."""
        schedule = self._state.schedule
        read = next(read for read in schedule.reads if read.op == op.id)
        begin = np.zeros((schedule.trips, 4), dtype=np.int64)
        begin[:, self._axis] = window.skipped
        if not window.shifts:
            return self._w.ints("begin", begin[0].tolist())
        height = self._state.graph.tensor(read.tensor).shape[self._axis]
        unshifted = read.start + np.arange(schedule.trips) * read.step
        begin[:, self._axis] += (unshifted - rows_read(read, schedule.trips, height)[:, 0]) * window.factor
        return self._state.column("cut", np.clip(begin, 0, window.skipped + window.spare))
