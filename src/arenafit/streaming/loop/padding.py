"""What lies outside the image: which rows, the value they hold, how a trip sets them to it, and columns."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Quant, Tensor, TensorId
from arenafit.ops.rows import PadValue, Window
from arenafit.streaming.loop.body import HIGHEST, LOWEST, with_rows
from arenafit.streaming.loop.loop_state import LoopState
from arenafit.streaming.schedule import Line


@dataclass(frozen=True, slots=True)
class Patches:
    """Blocks of `rows` new rows that a trip must set to padding: `first` (trips,) of them, -1 where there are none."""

    first: NDArray[np.int64]
    rows: int


def first_patched(outside: NDArray[np.bool_]) -> Patches | None:
    """Return the patches that set the rows marked in `outside` (trips, rows); None if one block a trip cannot do it."""
    counts = outside.sum(axis=1)
    rows = int(counts.max(initial=0))
    first = np.where(counts > 0, outside.argmax(axis=1), -1)
    together = all(outside[trip, first[trip] : first[trip] + rows].all() for trip in np.flatnonzero(counts))
    same = bool(np.isin(counts, (0, rows)).all())
    return Patches(first, rows) if rows and same and together else None


def clipped_patches(outside: NDArray[np.bool_]) -> Patches | None:
    """Return the patches that set the rows marked in `outside` (trips, rows), where what reaches out of them is lost.

    `first` may be negative, and is the number of rows in trips without any; None if one block a trip cannot do it.
    """
    height = outside.shape[1]
    counts = outside.sum(axis=1)
    rows = int(counts.max(initial=0))
    first = np.full(len(outside), height)
    for trip in np.flatnonzero(counts):
        [marked] = np.nonzero(outside[trip])
        begin, end = int(marked[0]), int(marked[-1]) + 1
        if end - begin != counts[trip] or (counts[trip] < rows and begin > 0 and end < height):
            return None
        first[trip] = begin if begin > 0 or counts[trip] == rows else end - rows
    return Patches(first, rows) if rows else None


class Padding:
    """Writes the operators of a body that give rows and columns outside the image the value they are padded with."""

    def __init__(self, state: LoopState) -> None:
        """Write into the body of `state`; equal masks are made once."""
        self._state = state
        self._schedule = state.schedule
        self._editor = state.editor
        self._body = state.body_index
        self._w = state.body
        self._made: dict[bytes, TensorId] = {}

    def masked(
        self, rows: TensorId, tensor: Tensor, outside: NDArray[np.bool_], value: PadValue, *, fresh: bool = False
    ) -> TensorId:
        """Return `rows` with those marked in `outside` (trips, rows) set to the pad value, others unchanged.

        `fresh`: the body's last operator made the rows, and nobody else reads them: they may be written over.
        """
        if not outside.any():
            return rows
        pad = pad_value(tensor, value)
        source = self._editor.tensor(rows, self._body)
        if fresh and (patched := self._patched(source, outside, pad)) is not None:
            return patched
        if tensor.dtype is DType.FLOAT32:
            return self._chosen(rows, source, outside, pad)
        if pad == LOWEST[tensor.dtype]:
            table = np.where(outside, pad, HIGHEST[tensor.dtype]).astype(tensor.dtype.numpy)
            masked = self._w.like(f"{source.name}_masked", source, source.shape)
            self._w.bound("MINIMUM", rows, self._mask_row(table, tensor.quant, self._limit(source)), masked)
            return masked
        if pad == pad_value(tensor, "zero_point") and tensor.quant is not None:
            # Times one is exact: the scales cancel to a multiplier of 1.
            quant = Quant(scales=(1.0,), zero_points=(0,))
            table = np.where(outside, 0, 1).astype(tensor.dtype.numpy)
            masked = self._w.like(f"{source.name}_masked", source, source.shape)
            self._w.multiply(rows, self._mask_row(table, quant, self._one_a_row(source)), masked)
            return masked
        for name, neutral in (("MINIMUM", HIGHEST[tensor.dtype]), ("MAXIMUM", LOWEST[tensor.dtype])):
            table = np.where(outside, pad, neutral).astype(tensor.dtype.numpy)
            bounded = self._w.like(f"{source.name}_{name.lower()}", source, source.shape)
            self._w.bound(name, rows, self._mask_row(table, tensor.quant, self._limit(source)), bounded)
            rows = bounded
        return rows

    def _patched(self, source: Tensor, outside: NDArray[np.bool_], pad: float) -> TensorId | None:
        """Rows with padding written over them in the trips that need it, where the loop can do that."""
        patches = clipped_patches(outside)
        if patches is None:
            return None
        shape = with_rows(source.shape, self._schedule.axis, patches.rows)
        return self._state.patched(source, patches.first, np.full(shape, pad, dtype=source.dtype.numpy))

    def _chosen(self, rows: TensorId, source: Tensor, outside: NDArray[np.bool_], pad: float) -> TensorId:
        """Float rows with those outside chosen from padding: every bit of the others stays, of NaN and infinities, too.

        No arithmetic does that: zero times infinity is NaN, and MINIMUM drops a NaN.
        """
        masked = self._w.like(f"{source.name}_masked", source, source.shape)
        filler = self._w.constant("pad_value", np.full((1, 1, 1, 1), pad, np.float32))
        self._w.select(self._mask_row(~outside, None, self._one_a_row(source)), rows, filler, masked)
        return masked

    def _one_a_row(self, rows: Tensor) -> tuple[int, ...]:
        """Return the shape of a mask of one element a row."""
        return with_rows((1, 1, 1, 1), self._schedule.axis, rows.shape[self._schedule.axis])

    def _limit(self, rows: Tensor) -> tuple[int, ...]:
        """Return the shape of a limit for `rows` that every kernel library broadcasts as it should.

        CMSIS-NN 4ab83cc3 (arm_minimum_s8, arm_maximum_s8) takes two steps a row through an operand of one element a
        row, (1, H, 1, 1), when the other one is wider: such a limit is repeated along channels, or along columns.
        """
        _, height, width, channels = rows.shape
        shape = self._one_a_row(rows)
        if rows.dtype is not DType.INT8 or self._schedule.axis != 1 or height == 1 or width == 1:
            return shape
        return (*shape[:2], 1, channels) if channels > 1 else (*shape[:2], width, 1)

    def _mask_row(self, table: NDArray[Any], quant: Quant | None, shape: tuple[int, ...]) -> TensorId:
        """Return this trip's row of `table` (trips, rows), repeated to `shape`."""
        trips = len(table)
        key = table.tobytes() + bytes(f"{table.dtype}{table.shape}{quant}{shape}", "ascii")
        if key not in self._made:
            begin = np.zeros((trips, 4), dtype=np.int32)
            begin[:, 0] = np.arange(trips)
            by_row = table.reshape([trips, *with_rows((1, 1, 1, 1), self._schedule.axis, table.shape[1])[1:]])
            stored = self._w.constant("mask", np.broadcast_to(by_row, [trips, *shape[1:]]), quant)
            row = self._w.tensor("mask_row", DType.of(table.dtype), shape, quant)
            self._w.slice(stored, self._state.column("trip", begin), (1, -1, -1, -1), row)
            self._made[key] = row
        return self._made[key]

    def across(self, rows: TensorId, window: Window) -> TensorId:
        """Return `rows` with the columns of padding that a window reads."""
        if not (window.cross_before or window.cross_after):
            return rows
        tensor = self._editor.tensor(rows, self._body)
        cross = 3 - self._schedule.axis
        shape = list(tensor.shape)
        shape[cross] += window.cross_before + window.cross_after
        padded = self._w.like(f"{tensor.name}_padded", tensor, shape)
        amounts = [(0, 0)] * 4
        amounts[cross] = (window.cross_before, window.cross_after)
        if window.mirrors:
            self._w.mirror_pad(rows, amounts, padded, symmetric=window.pad_value == "symmetric")
            return padded
        value = pad_value(tensor, window.pad_value)
        if value == pad_value(tensor, "zero_point"):
            self._w.pad(rows, amounts, padded)
        else:
            self._w.pad_with(rows, amounts, np.array(value, dtype=tensor.dtype.numpy), padded)
        return padded

    def begins_outside(self, tensor_id: TensorId, line: Line) -> bool:
        """Return whether padding that is read is among the rows that the first trip finds in a line buffer.

        Rows of the image that no trip makes are a PAD operator's, see `make_schedule`.
        """
        rows = line.lead - np.arange(1, line.carry + 1)
        if (rows >= 0).any():
            return True
        windows = [read.window for read in self._schedule.reads_of(tensor_id)]
        return any(needed_outside(item, line.height, rows).any() for item in windows if item and item.masks)

    def outside(self, tensor_id: TensorId, line: Line) -> tuple[PadValue, NDArray[np.bool_]]:
        """Return the value of the padding, and which new rows (trips, rows) are padding that is read."""
        trips = np.arange(self._schedule.trips)[:, None]
        rows = line.lead + trips * line.rate + np.arange(line.rate)[None, :]
        needed = np.zeros(rows.shape, dtype=np.bool_)
        value: PadValue = "zero_point"
        for read in self._schedule.reads_of(tensor_id):
            if read.window is not None and read.window.masks:
                needed |= needed_outside(read.window, line.height, rows)
                value = read.window.pad_value
        return value, needed


def pad_value(tensor: Tensor, kind: PadValue) -> float:
    """Return the stored value that rows and columns outside the image hold."""
    if kind == "lowest":
        return LOWEST[tensor.dtype]
    return tensor.quant.zero_points[0] if tensor.quant and tensor.quant.zero_points else 0


def needed_outside(window: Window, height: int, rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Mark the rows that lie outside the image and that some output row inside it reads."""
    top = (rows < 0) & (rows >= -window.before)
    bottom = (rows >= height) & (rows < height + window.after)
    return np.asarray(top | bottom, dtype=np.bool_)
