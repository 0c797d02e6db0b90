"""Fetching the rows of a source, trip by trip: gathered from memory, or in blocks; what lies outside made padding."""

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Tensor, TensorId
from arenafit.streaming.loop.blocks import BlockFetch
from arenafit.streaming.loop.body import GATHERED, with_rows
from arenafit.streaming.loop.loop_state import LoopState
from arenafit.streaming.loop.padding import Padding, needed_outside, pad_value
from arenafit.streaming.loop_options import LoopOptions
from arenafit.streaming.overwrite import rows_read, taken_rows
from arenafit.streaming.schedule import Read


class Fetch:
    """Writes the fetching of rows into the body of a loop; rows read as they are by several operators once."""

    def __init__(self, state: LoopState, padding: Padding, writing: LoopOptions) -> None:
        """Write into the body of `state`, masks by `padding`."""
        self._state = state
        self._padding = padding
        self._writing = writing
        self._blocks = BlockFetch(state)
        self._known: dict[tuple[TensorId, int, int, int, int], TensorId] = {}

    def rows(self, source: Tensor, read: Read) -> tuple[TensorId, bool]:
        """Return the rows of `source` that a read asks for, and whether they have their padding columns already."""
        fed = self._state.fed(read) if read.tensor == self._state.schedule.fed else None
        if fed is not None:
            return fed, False
        padded = read.window is not None and read.window.masks
        in_blocks = self._writing.in_blocks and self._state.stores_anywhere
        if (in_blocks and padded) or source.dtype not in GATHERED:
            return self._blocks.rows(source, read)
        rows_bytes = source.size_bytes // source.shape[self._state.schedule.axis] * read.rows
        if read.window is not None or rows_bytes > self._writing.held_bytes:
            return self._gathered(source, read), False
        key = (read.tensor, read.start, read.rows, read.step, read.repeats)
        if key not in self._known:
            self._known[key] = self._gathered(source, read)
        return self._known[key], False

    def _gathered(self, source: Tensor, read: Read) -> TensorId:
        """Rows gathered from memory: one outside is the nearest and then masked, a guard row, or a mirror image."""
        schedule, body = self._state.schedule, self._state.body
        axis, height = schedule.axis, source.shape[schedule.axis]
        wanted = rows_read(read, schedule.trips, height)
        rows = body.like(f"{source.name}_rows", source, with_rows(source.shape, axis, read.rows))
        inside = taken_rows(read, schedule.trips, height)
        outside = np.zeros(wanted.shape, dtype=np.bool_)
        if read.window is not None and read.window.masks:
            outside = needed_outside(read.window, height, wanted)
        guarded = self._guarded(source, read) if self._writing.guard_rows and outside.any() else None
        taken = inside if guarded is None else np.where(outside, height, inside)
        from_whole = self._state.source(read.tensor) if guarded is None else guarded
        first = self._one_block(from_whole, read, taken, (wanted == inside) | outside)
        if first is None:
            body.gather(from_whole, self._state.column("rows", taken), axis, rows)
        else:
            self._state.block(from_whole, first, rows)
        if guarded is not None or read.window is None:
            return rows
        return self._padding.masked(rows, source, outside, read.window.pad_value)

    def _one_block(
        self, whole: TensorId, read: Read, taken: NDArray[np.int64], needed: NDArray[np.bool_]
    ) -> NDArray[np.int64] | None:
        """Return the first row of the block that a trip's rows are, where they are one and blocks are asked for.

        Rows that are not `needed` (trips, rows) may be any of `whole`.
        """
        if not self._writing.in_blocks:
            return None
        if read.window is not None and read.window.pads and not read.window.masks:
            needed = np.ones_like(needed)  # mirrored or moved inside: somebody reads each
        rows = np.arange(read.rows)
        known = needed.any(axis=1)
        at = needed.argmax(axis=1)
        first = np.where(known, taken[np.arange(len(taken)), at] - at, taken[:, 0])
        height = self._state.editor.tensor(whole, self._state.body_index).shape[self._state.schedule.axis]
        first = np.where(known, first, np.clip(first, 0, height - read.rows))
        fits = (first >= 0).all() and (first <= height - read.rows).all()
        return first if fits and (first[:, None] + rows == taken)[needed].all() else None

    def _guarded(self, source: Tensor, read: Read) -> TensorId | None:
        """The source with one row of padding behind it, where the loop's state can stand there."""
        # Columns of an image are spread over memory: none can stand behind them.
        axis = self._state.schedule.axis
        if read.window is None or any(extent != 1 for extent in source.shape[:axis]):
            return None
        shape = with_rows(source.shape, axis, 1)
        filler = np.full(shape, pad_value(source, read.window.pad_value), dtype=source.dtype.numpy)
        return self._state.guarded(source, filler)
