"""A streaming loop for TFLM without DYNAMIC_UPDATE_SLICE: BATCH_TO_SPACE_ND stores rows at a place known at run time.

With blocks of 1 the kernel copies element [h, w] of its operand to [h - crops[0], w - crops[2]] of its output, and
drops what falls outside; it reads the crops when it runs, checks no shape, and leaves alone what it does not write
(tensorflow/lite/kernels/internal/reference/batch_to_space_nd.h and micro/kernels/batch_to_space_nd.cc, 2021-04 to
2026-10). So a view of the whole result as output and crops of minus the first row are a store, and crops of plus the
first row are a fetch, clipped to what is there. Shapes are computed by desktop LiteRT, which refuses such crops.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Graph, Model, OpId, Tensor, TensorId
from arenafit.layout import Hints
from arenafit.streaming.loop.body import GATHERED, ONE_ROW_UP
from arenafit.streaming.loop.loop_state import CarriedRows, Streamed
from arenafit.streaming.loop.viewed_state import ViewedState
from arenafit.streaming.schedule import Schedule

# Crops that drop a run of bytes stored by itself: it would stand before the first.
_NOWHERE = 1


def stores_all(graph: Graph, schedule: Schedule) -> bool:
    """Whether BATCH_TO_SPACE_ND can move all rows of a schedule: TFLM has it for bytes and floats alone."""
    moved = {*schedule.lines, *(read.tensor for read in schedule.reads)}
    return all(graph.tensor(tensor).dtype in GATHERED for tensor in moved)


class SpaceState(ViewedState):
    """The loop of views, with BATCH_TO_SPACE_ND for every DYNAMIC_UPDATE_SLICE."""

    adds_16_bits = False

    def __init__(self, model: Model, schedule: Schedule, label: str, *, keep_inputs: bool) -> None:
        """Begin with nothing stored."""
        super().__init__(model, schedule, label, keep_inputs=keep_inputs)
        self._patched_by: list[tuple[TensorId, TensorId, OpId]] = []  # rows as made, with patches, what writes these

    def write(
        self, found: TensorId, rows: TensorId, start: Sequence[int] | NDArray[Any], left: TensorId, name: str
    ) -> None:
        """Write `rows` into `left`, a view as `found` is, at `start` (4,), or in each trip at its row of (trips, 4)."""
        if isinstance(start, np.ndarray):
            crops = np.zeros_like(start)
            crops[:, 0], crops[:, 2] = -start[:, 1], -start[:, 2]
            self.body.store(rows, self.column(name, crops), left)
            return
        whole, part = (self.editor.tensor(item, self.body_index).shape for item in (found, rows))
        self.body.store(rows, self._crops(name, part[1:3], whole[1:3], start[1:3]), left)

    def shift(self, whole: TensorId, kept: CarriedRows, carry: int, rate: int) -> None:  # noqa: ARG002 all that fit
        """Move the last rows of a held line buffer to its beginning; the others stay, to be overwritten."""
        self.body.store(whole, self._upwards(rate), kept.left)

    def last_rows(self, whole: Tensor, first: int, output: TensorId) -> None:
        """Make `output` of the rows of a line buffer from row `first` on."""
        self.body.store(whole.id, self._upwards(first), output)

    def _upwards(self, rows: int) -> TensorId:
        """Crops that leave out the first rows; the kernel reads words 0 and 2 alone."""
        crops = list(ONE_ROW_UP)
        crops[0], crops[2] = (rows, 0) if self.schedule.axis == 1 else (0, rows)
        return self.body.ints("crops", crops)

    def _crops(self, name: str, part: Sequence[int], whole: Sequence[int], start: Sequence[int]) -> TensorId:
        """Crops that put a part at a place known beforehand; those at the end say how large the whole is."""
        ends = [size + at - extent for size, at, extent in zip(part, start, whole, strict=True)]
        return self.body.ints(
            name, [-at if side else end for at, end in zip(start, ends, strict=True) for side in (1, 0)]
        )

    def update_flat(self, whole: TensorId, rows: TensorId, axis: int, start: tuple[int, int] | NDArray[Any]) -> None:
        """Write `rows` into `whole`, a row being one run of elements; `start` is the row and the element in it.

        A single row that begins within one goes to its place among the elements; several go pixel by pixel.
        """
        tensors = [self.editor.tensor(item, self.body_index) for item in (whole, rows)]
        runs = [(tensor.shape[axis], prod(tensor.shape[axis + 1 :])) for tensor in tensors]
        (height, pitch), (count, run) = runs
        if isinstance(start, np.ndarray):
            flat = self._flat(tensors, ((1, height, pitch), (1, count, run)))
            self.body.store(flat[1], self.column("store", -start[:, :1]), flat[0])
        elif count == 1:
            flat = self._flat(tensors, ((1, height * pitch, 1), (1, 1, run)))
            at = start[0] * pitch + start[1]
            self.body.store(flat[1], self._crops("at", (1,), (height * pitch,), (at,)), flat[0])
        else:
            places = [0, start[0], start[1] // prod(tensors[0].shape[3:]), 0]
            self.write(whole, rows, places, whole, "at")

    def patch(self, line: TensorId, filler: NDArray[Any], places: NDArray[np.int64]) -> None:
        """Write the bytes of `filler` into a held line buffer, at the byte that `places` (trips,) says; -1: not."""
        if self._bytes is None:
            self._bytes = self.body.tensor("state_bytes", DType.INT8, (1, 1, 1))
        content = np.frombuffer(filler.tobytes(), dtype=np.int8).reshape(1, 1, -1)
        column = self.body.tensor("patch", DType.INT32, (1,))
        self._patches.append((len(self.columns), line, places))
        self.columns.append(places[:, None].astype(np.int32))
        self._column_tensors.append(column)
        self.body.store(self.body.constant("patch_rows", content), column, self._bytes)

    def patched(self, rows: Tensor, first: NDArray[np.int64], filler: NDArray[Any]) -> TensorId | None:
        """Return `rows`, just made, with `filler` over them from row `first` (trips,) on, as far as they exist.

        The result names the same bytes: what is not written over stays as it was made.
        """
        patched = self.body.like(f"{rows.name}_patched", rows, rows.shape)
        crops = np.zeros((len(first), 4), dtype=np.int64)
        crops[:, 2 * (self.schedule.axis - 1)] = -first
        self.body.store(self.body.constant("patch_rows", filler), self.column("patch", crops), patched)
        patching = self.editor.ops(self.body_index)[-1].id
        self._standing.append((rows.id, patched, 0))
        self._patched_by.append((rows.id, patched, patching))
        return patched

    def block(self, whole: TensorId, first: NDArray[np.int64], rows: TensorId) -> None:
        """Make `rows` of one block of rows of `whole`, from row `first` (trips,) on."""
        crops = np.zeros((len(first), 4), dtype=np.int64)
        crops[:, 2 * (self.schedule.axis - 1)] = first
        self.body.store(whole, self.column("fetch", crops), rows)

    def clipped(self, source: Tensor, first: NDArray[np.int64], padding: NDArray[Any], before: int) -> TensorId | None:
        """Return the rows from `first` (trips,) on, `before` pixels in, within `padding`, as far as they exist."""
        rows = self.body.like(f"{source.name}_padded", source, padding.shape)
        # A row more, that is left out: the crops are those that blocks are told by.
        more = np.concatenate([padding[:, :1], padding], axis=1)
        self.body.store(self.body.constant("padding", more), self.body.ints("crops", ONE_ROW_UP), rows)
        axis = self.schedule.axis
        crops = np.zeros((len(first), 4), dtype=np.int64)
        crops[:, 2 * (axis - 1)], crops[:, 2 * (2 - axis)] = first, -before
        self.body.store(self.source(source.id), self.column("fetch", crops), rows)
        return rows

    def _control_row(self, rows: NDArray[np.int32], place: TensorId) -> TensorId:
        """Take a trip's row of `rows` (trips, words), as bytes; the kernel reads `place` before it writes the row."""
        table = rows.astype("<i4").view(np.int8)[None]
        row = self.body.tensor("control", DType.INT8, (1, 1, table.shape[2]))
        self.body.store(self.body.constant("schedule", table), place, row)
        return row

    def finish(self) -> Streamed:
        """Write what steers the loop, put the loop into the main graph and return the model."""
        made = super().finish()
        patched = Hints(
            read_by=tuple((rows, op) for rows, _, op in self._patched_by),
            made_by=tuple((patched, op) for _, patched, op in self._patched_by),
        )
        return replace(made, hints=made.hints + patched)

    def _set_bytes(self, flat: Tensor, size: int) -> None:
        self.editor.update_tensor(replace(flat, shape=(1, size, 1)), self.body_index)

    def _place_patches(self, places: Mapping[TensorId, int], unused: int) -> None:  # noqa: ARG002 nowhere needs no room
        """Say in the control table by how much patches are moved to their place in the carried block."""
        for column, line, at in self._patches:
            self.columns[column] = np.where(at < 0, _NOWHERE, -(places[line] + at))[:, None].astype(np.int32)
