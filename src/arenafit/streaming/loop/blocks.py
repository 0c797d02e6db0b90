"""Fetching rows as a whole block by SLICE, put where it belongs in padding: the way for types that TFLM cannot gather.

For other types it spares the masks of rows outside the image and the PAD of columns, for some rows more of memory.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Tensor, TensorId
from arenafit.ops.rows import PadValue, Window
from arenafit.streaming.loop.body import with_rows
from arenafit.streaming.loop.loop_state import LoopState
from arenafit.streaming.loop.padding import needed_outside, pad_value
from arenafit.streaming.schedule import Read, Schedule


@dataclass(frozen=True, slots=True)
class Blocks:
    """How a read of rows is made of one block a trip, which lies inside the source; rows beside it are padding.

    `first` is the block's first row in the source, `shift` how far behind the first row asked for it belongs (negative:
    before it), each with an entry a trip.
    """

    first: NDArray[np.int64]
    shift: NDArray[np.int64]
    rows: int

    @property
    def before(self) -> int:
        """Rows that a block may reach out before the rows asked for."""
        return int(max(0, -self.shift.min()))

    @property
    def after(self) -> int:
        """Rows that a block may reach out behind the rows asked for."""
        return int(max(0, self.shift.max()))

    @property
    def exact(self) -> bool:
        """Whether every block is just what was asked for."""
        return self.before == self.after == 0


def blocks(schedule: Schedule, read: Read, height: int) -> Blocks:
    """Return the blocks of a read from a tensor of `height` rows.

    A trip none of whose rows lie inside gets the nearest block where no padding is asked for.
    """
    wanted = read.start + np.arange(schedule.trips) * read.step
    first = np.clip(wanted, 0, height - read.rows)
    shift = np.clip(first - wanted, -read.rows, read.rows)
    rows = wanted[:, None] + np.arange(read.rows)[None, :]
    matters = ((rows >= 0) & (rows < height)).any(axis=1)
    if read.window is not None and read.window.pads:
        matters |= needed_outside(read.window, height, rows).any(axis=1)
    return Blocks(first, np.where(matters, shift, 0), read.rows)


class BlockFetch:
    """Writes the fetching of blocks into the body of a loop."""

    def __init__(self, state: LoopState) -> None:
        """Write into the body of `state`."""
        self._state = state
        self._w = state.body

    def rows(self, source: Tensor, read: Read) -> tuple[TensorId, bool]:
        """Return the rows of `source` that a read asks for, and whether they have their padding columns already."""
        schedule = self._state.schedule
        axis = schedule.axis
        if read.window is not None and read.window.masks:
            clipped = self._clipped(source, read, read.window)
            if clipped is not None:
                return clipped, True
        found = blocks(schedule, read, source.shape[axis])
        shape = with_rows(source.shape, axis, read.rows)
        block = self._w.like(f"{source.name}_rows", source, shape)
        begin = self._state.column("begin", _places(axis, found.first))
        self._w.slice(self._state.source(source.id), begin, shape, block)
        if found.exact:
            return block, False
        return self._among_padding(source, read, found, block), True

    def _clipped(self, source: Tensor, read: Read, window: Window) -> TensorId | None:
        """The rows asked for, straight out of the source, as far as they lie in it."""
        schedule = self._state.schedule
        shape = list(with_rows(source.shape, schedule.axis, read.rows))
        shape[3 - schedule.axis] += window.cross_before + window.cross_after
        padding = np.full(shape, pad_value(source, window.pad_value), dtype=source.dtype.numpy)
        first = read.start + np.arange(schedule.trips) * read.step
        return self._state.clipped(source, first, padding, window.cross_before)

    def _among_padding(self, source: Tensor, read: Read, found: Blocks, block: TensorId) -> TensorId:
        """The rows asked for, out of padding that the block is written into."""
        axis, window = self._state.schedule.axis, read.window
        kind: PadValue = "zero_point" if window is None else window.pad_value
        sides = _sides(window)
        shape = list(with_rows(source.shape, axis, found.before + found.rows + found.after))
        shape[3 - axis] += sum(sides)
        padding = np.full(shape, pad_value(source, kind), dtype=source.dtype.numpy)
        around = self._w.like(f"{source.name}_around", source, shape)
        at = self._state.column("among", _places(axis, found.before + found.shift, sides[0]))
        self._w.update(self._w.constant("padding", padding, source.quant), block, at, around)
        taken = with_rows(tuple(shape), axis, found.rows)
        rows = self._w.like(f"{source.name}_padded", source, taken)
        begin = [0, 0, 0, 0]
        begin[axis] = found.before
        self._w.slice(around, self._w.ints("begin", begin), taken, rows)
        return rows


def _sides(window: Window | None) -> tuple[int, int]:
    return (0, 0) if window is None else (window.cross_before, window.cross_after)


def _places(axis: int, rows: NDArray[np.int64], across: int = 0) -> NDArray[np.int64]:
    """Positions (trips, 4) that begin at these rows and at column `across`."""
    places = np.zeros((len(rows), 4), dtype=np.int64)
    places[:, axis], places[:, 3 - axis] = rows, across
    return places
