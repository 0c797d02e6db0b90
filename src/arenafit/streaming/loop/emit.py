"""Writes a schedule as a WHILE loop: the body's operators, row by row.

The loop carries: the place in a control table, every source tensor (unchanged), one line buffer per tensor whose
rows are read again in later trips, and every output, filled row by row. What a trip needs to know (which rows to fetch,
where to store, which rows lie outside the image) stands in constant tables with one entry a trip.
"""

from math import prod

import numpy as np

from arenafit.ir import Model, Op, Tensor, TensorId
from arenafit.ops.rows import PadValue, Reduction, Window
from arenafit.streaming.loop.accumulate import accumulate
from arenafit.streaming.loop.body import rows_are_runs, with_rows
from arenafit.streaming.loop.constants import BodyConstants
from arenafit.streaming.loop.fetching import Fetch
from arenafit.streaming.loop.gates import GateWriter
from arenafit.streaming.loop.kinds import kind_of_state
from arenafit.streaming.loop.line_reader import LineReader
from arenafit.streaming.loop.loop_state import ByteRuns, LoopState, Streamed
from arenafit.streaming.loop.padding import Padding, Patches, first_patched, pad_value
from arenafit.streaming.loop.stripes import StripeWriter
from arenafit.streaming.loop.viewed_state import ViewedState
from arenafit.streaming.loop_options import LoopOptions
from arenafit.streaming.overwrite import shared_padding, stored_rows
from arenafit.streaming.schedule import Line, Read, Schedule

_PADS = ("PAD", "MIRROR_PAD")


def emit(
    model: Model,
    schedule: Schedule,
    label: str,
    writing: LoopOptions | None = None,
    *,
    keep_inputs: bool = False,
    as_views: bool = False,
) -> Streamed:
    """Return `model` with the operators of `schedule` (all of the main graph) replaced by one loop.

    Args:
        model: the model; it stays as it is.
        schedule: what to compute in which trip.
        label: prefix of the names of everything new.
        writing: how to write it.
        keep_inputs: do not write the loop's output over a graph input it has read.
        as_views: write the loop for TFLM alone (see `ViewedState`).
    """
    chosen = writing or LoopOptions()
    kind = kind_of_state(chosen.stores, fed=schedule.fed is not None, as_views=as_views)
    state = kind(model, schedule, label, keep_inputs=keep_inputs)
    return _Emitter(state, chosen, as_views=as_views).run()


class _Emitter:
    def __init__(self, state: LoopState, writing: LoopOptions, *, as_views: bool) -> None:
        runs = state.runs if as_views else None
        self._patching = runs if writing.patch_rows else None
        self._flat = runs if writing.flat_rows else None
        self._held_bytes = writing.held_bytes
        self._state = state
        self._graph = state.graph
        self._schedule = state.schedule
        self._editor = state.editor
        self._body = state.body_index
        self._w = state.body
        self._padding = Padding(state)
        self._fetch = Fetch(state, self._padding, writing)
        self._stripes = StripeWriter(state)
        self._reader = LineReader(state, self._stripes)
        self._kept, self._whole, self._new = self._reader.kept, self._reader.whole, self._reader.new
        # What is fed becomes the main graph, whose operators run where they stand.
        self._gated_share = None if state.schedule.fed is not None else writing.gated_share
        self._constants = BodyConstants(state)

    def run(self) -> Streamed:
        schedule = self._schedule
        made = {op.outputs[0] for op in schedule.ops}
        for tensor in dict.fromkeys(read.tensor for read in schedule.reads if read.tensor not in made):
            if tensor != schedule.fed:
                self._state.source(tensor)
        waiting = {tensor: sum(1 for _ in schedule.reads_of(tensor)) for tensor in schedule.lines}
        for op in schedule.ops:
            self._emit_op(op)
            output = op.outputs[0]
            if output in self._whole and output in schedule.outputs:
                self._store_output(output)
            for read in schedule.reads:
                if read.op == op.id and read.tensor in waiting:
                    waiting[read.tensor] -= 1
            for tensor in [tensor for tensor, left in waiting.items() if not left and tensor in self._whole]:
                self._shift_line(tensor)
                del waiting[tensor]
        self._constants.drop_unread()
        if self._gated_share is not None and isinstance(self._state, ViewedState):
            self._state.gates = GateWriter(self._state, self._stripes.made_from, self._gated_share).run()
        return self._state.finish()

    # --- reading ------------------------------------------------------------------------------------------------

    def _operand(self, read: Read) -> tuple[TensorId, bool]:
        """Return the rows for an operator, and whether they are padded across already."""
        if read.tensor in self._whole:
            return self._reader.rows(read), shared_padding(self._schedule, read.tensor) is not None
        return self._fetch.rows(self._graph.tensor(read.tensor), read)

    # --- computing ----------------------------------------------------------------------------------------------

    def _emit_op(self, op: Op) -> None:
        schedule = self._schedule
        self._reader.begin(op)
        output = self._graph.tensor(op.outputs[0])
        line = schedule.lines[output.id]
        reads = {read.tensor: read for read in schedule.reads if read.op == op.id}
        found = schedule.geometries[op.id]
        inputs: list[TensorId | None] = []
        taken: dict[TensorId, TensorId] = {}
        for operand in op.inputs:
            if operand is None:
                inputs.append(None)
            elif operand in reads:
                if operand not in taken:
                    rows, padded = self._operand(reads[operand])
                    taken[operand] = (
                        rows if padded or not isinstance(found, Window) else self._padding.across(rows, found)
                    )
                inputs.append(taken[operand])
            else:
                inputs.append(self._constants.steady(operand))
        if isinstance(found, Reduction):
            accumulate(self._state, op, found, next(iter(taken.values())))
            return
        if isinstance(found, Window) and op.name in _PADS:
            # Rows are padded by the masks, or taken so, columns just now: nothing is left to compute.
            made = next(iter(taken.values()))
        else:
            made = self._stripes.run(op, inputs, output)
        self._keep(output, line, made)

    # --- keeping ------------------------------------------------------------------------------------------------

    def _keep(self, tensor: Tensor, line: Line, made: TensorId) -> None:
        """Mask the new rows that lie outside the image, and put them behind the rows kept from earlier trips."""
        value, outside = self._padding.outside(tensor.id, line)
        if outside.any() and self._state.comes_padded(tensor, value):
            outside = np.zeros_like(outside)
        unmasked = made
        cross = shared_padding(self._schedule, tensor.id)
        rows_bytes = tensor.size_bytes // line.height * line.rate
        held = cross is not None and self._state.stores_anywhere and rows_bytes <= self._held_bytes
        patches = first_patched(outside) if held and self._patching and self._schedule.axis == 1 else None
        fresh = self._graph.producers[tensor.id].name not in _PADS
        if patches is None:
            made = self._padding.masked(made, tensor, outside, value, fresh=fresh)
        if cross is not None and held:
            self._hold(tensor, line, made, cross, value)
            if patches is not None and self._patching is not None:
                self._patch(self._patching, tensor, line, patches, value)
            if line.rate == 1 and fresh:
                self._make_in_place(tensor.id, (unmasked, made), cross)
            return
        if cross is not None:
            made = self._padding.across(made, cross)
        self._new[tensor.id] = made
        if not line.carry:
            self._whole[tensor.id] = made
            return
        new = self._editor.tensor(made, self._body)
        axis = self._schedule.axis
        kept_shape = with_rows(new.shape, axis, line.carry)
        filler = np.full(kept_shape, pad_value(tensor, value), dtype=tensor.dtype.numpy)
        kept = self._state.line(tensor, filler, filled=self._padding.begins_outside(tensor.id, line))
        self._kept[tensor.id] = kept
        whole = self._w.like(f"{tensor.name}_line", tensor, with_rows(new.shape, axis, line.carry + line.rate))
        self._w.concatenate((kept.found, made), axis, whole)
        self._whole[tensor.id] = whole

    def _hold(self, tensor: Tensor, line: Line, made: TensorId, cross: Window, value: PadValue) -> None:
        """Keep a whole line buffer, its padding columns included, and write the new rows between them."""
        axis = self._schedule.axis
        shape = list(with_rows(tensor.shape, axis, line.carry + line.rate))
        shape[3 - axis] += cross.cross_before + cross.cross_after
        filler = np.full(shape, pad_value(tensor, value), dtype=tensor.dtype.numpy)
        kept = self._state.held(tensor, filler)
        start = [0, 0, 0, 0]
        start[axis], start[3 - axis] = line.carry, cross.cross_before
        if self._flat is not None and axis == 1:  # columns are padded above and below: no run of bytes
            pixel = prod(shape[axis + 2 :])
            self._flat.update_flat(kept.written, made, axis, (line.carry, start[3 - axis] * pixel))
        else:
            self._state.write(kept.found, made, start, kept.written, "at")
        self._kept[tensor.id] = kept
        self._whole[tensor.id] = kept.written

    def _patch(self, runs: ByteRuns, tensor: Tensor, line: Line, patches: Patches, value: PadValue) -> None:
        """Write rows of padding over a held line buffer, in the trips that need them."""
        whole = self._editor.tensor(self._whole[tensor.id], self._body)
        rows = with_rows(whole.shape, self._schedule.axis, patches.rows)
        filler = np.full(rows, pad_value(tensor, value), dtype=tensor.dtype.numpy)
        row_bytes = filler.nbytes // patches.rows
        places = np.where(patches.first < 0, -1, (line.carry + patches.first) * row_bytes)
        runs.patch(whole.id, filler, places)

    def _make_in_place(self, tensor_id: TensorId, rows: tuple[TensorId, ...], cross: Window) -> None:
        """One new row is one run of bytes: it can be made inside the buffer, whose last row is dead by then."""
        whole = self._editor.tensor(self._whole[tensor_id], self._body)
        steps = [whole.elements // prod(whole.shape[: axis + 1]) for axis in range(4)]
        axis = self._schedule.axis
        place = self._schedule.lines[tensor_id].carry * steps[axis] + cross.cross_before * steps[3 - axis]
        for row in rows:
            self._state.stands(whole.id, row, place * whole.dtype.bits // 8)

    def _shift_line(self, tensor_id: TensorId) -> None:
        """Keep the last rows of a line buffer for the next trip, once nobody in this one reads it any more."""
        kept = self._kept.get(tensor_id)
        if kept is None or tensor_id in self._reader.moved:
            return
        axis, line = self._schedule.axis, self._schedule.lines[tensor_id]
        if self._editor.tensor(kept.found, self._body).shape[axis] != line.carry:
            self._state.shift(self._whole[tensor_id], kept, line.carry, line.rate)
            return
        if line.carry == line.rate and self._state.leave(kept, self._new[tensor_id]):
            return
        self._state.last_rows(self._editor.tensor(self._whole[tensor_id], self._body), line.rate, kept.left)

    # --- storing ------------------------------------------------------------------------------------------------

    def _store_output(self, tensor_id: TensorId) -> None:
        schedule = self._schedule
        line = schedule.lines[tensor_id]
        rows = self._new[tensor_id]
        kept = self._state.output(tensor_id)
        if self._flat is not None and rows_are_runs(self._graph.tensor(tensor_id).shape, schedule.axis):
            first = np.zeros((schedule.trips, 2), dtype=np.int32)
            first[:, 0] = stored_rows(schedule, line)
            self._flat.update_flat(kept.written, rows, schedule.axis, first)
            return
        start = np.zeros((schedule.trips, 4), dtype=np.int32)
        start[:, schedule.axis] = stored_rows(schedule, line)
        self._state.write(kept.found, rows, start, kept.left, "store")
