"""A streaming loop for TFLM alone: one block of memory is carried, the rest is reached by views without producer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Model, OpId, Tensor, TensorId
from arenafit.layout import Behind, Hints
from arenafit.streaming.loop.body import GATHERED, with_rows
from arenafit.streaming.loop.gates import Gates
from arenafit.streaming.loop.loop_state import ByteRuns, CarriedRows, LoopState, Streamed
from arenafit.streaming.loop.viewed_sum import ViewedSum
from arenafit.streaming.overwrite import overwrite_distance
from arenafit.streaming.schedule import Schedule
from arenafit.units import aligned_behind


class ViewedState(LoopState):
    """TFLM alone: one block of bytes is carried, [control row, held line buffers]; all else are views of memory.

    The control row is [place of the next row, whether the loop goes on, columns ...]; where a row is taken from is read
    out of the row that is then written (tensorflow/lite/micro/kernels/slice.cc, 2026-08).
    """

    for_tflm_alone = True
    adds_16_bits = True

    def __init__(self, model: Model, schedule: Schedule, label: str, *, keep_inputs: bool) -> None:
        """Begin with no views."""
        super().__init__(model, schedule, label, keep_inputs=keep_inputs)
        self._views: dict[TensorId, TensorId] = {}  # body view by main tensor
        self._outputs: list[TensorId] = []
        self._held: list[tuple[TensorId, NDArray[Any]]] = []
        self._guard: tuple[Tensor, TensorId, NDArray[Any]] | None = None
        self._standing: list[tuple[TensorId, TensorId, int]] = []
        self._bytes: TensorId | None = None  # the carried block, as patches name it
        self._patches: list[tuple[int, TensorId, NDArray[np.int64]]] = []  # column, line buffer, place in it
        self._patch_bytes = 0
        self._sums: list[ViewedSum] = []  # one at most
        self._unset: dict[TensorId, TensorId] = {}  # first contents that nobody looks at, and what they become
        self._made: list[tuple[TensorId, OpId]] = []
        self.gates = Gates()  # of operators that run in some trips only

    def stands(self, one: TensorId, other: TensorId, distance_bytes: int) -> None:
        """Note that a tensor of the body is to stand at a distance from another."""
        self._standing.append((one, other, distance_bytes))

    def guarded(self, tensor: Tensor, filler: NDArray[Any]) -> TensorId | None:
        """Return a view of the first source that asks for it, with the carried block, which begins so, behind it."""
        if self._guard is None:
            axis = self.schedule.axis
            shape = with_rows(tensor.shape, axis, tensor.shape[axis] + 1)
            self._guard = (tensor, self.body.like(f"{tensor.name}_guarded", tensor, shape), filler)
        known, view, row = self._guard
        return view if known.id == tensor.id and np.array_equal(row, filler) else None

    def _view(self, tensor_id: TensorId) -> TensorId:
        if tensor_id not in self._views:
            tensor = self.graph.tensor(tensor_id)
            self._views[tensor_id] = self.body.like(f"{tensor.name}_view", tensor, tensor.shape)
        return self._views[tensor_id]

    def source(self, tensor_id: TensorId) -> TensorId:
        """Return a view of a tensor made before the loop."""
        return self._view(tensor_id)

    def output(self, tensor_id: TensorId) -> CarriedRows:
        """Return a view of an output of the loop; it is operand and result at once."""
        self._outputs.append(tensor_id)
        view = self._view(tensor_id)
        return CarriedRows(view, view, view)

    def held(self, tensor: Tensor, filler: NDArray[Any]) -> CarriedRows:
        """Return a line buffer in the carried block; what moves its rows on leaves them at the same place."""
        view = self.body.like(f"{tensor.name}_line", tensor, filler.shape)
        # Rows written as runs do not name it: what moves them on must not look like what makes them.
        left = self.body.like(f"{tensor.name}_moved", tensor, filler.shape)
        self._held.append((view, filler))
        self._standing.append((view, left, 0))
        return CarriedRows(view, view, left)

    def line(self, tensor: Tensor, filler: NDArray[Any], *, filled: bool = True) -> CarriedRows:
        """Return the rows of a line buffer that a trip keeps; first whatever stands there if it need not be filled."""
        kept = super().line(tensor, filler, filled=filled)
        if not filled and self.schedule.fed is None:
            entry = self._entries[-1]
            entry.before = self.main.like(f"{tensor.name}_unset", tensor, filler.shape)
            self._unset[entry.before] = entry.after
        return kept

    @property
    def runs(self) -> ByteRuns:
        """Views by rows of bytes."""
        return self

    def patch(self, line: TensorId, filler: NDArray[Any], places: NDArray[np.int64]) -> None:
        """Write the bytes of `filler` into a held line buffer, at the byte that `places` (trips,) says; -1: not.

        In trips without a place they go to the end of the carried block, where nothing is.
        """
        if self._bytes is None:
            self._bytes = self.body.tensor("state_bytes", DType.INT8, (1,))
        content = np.frombuffer(filler.tobytes(), dtype=np.int8)
        column = self.body.tensor("patch", DType.INT32, (1,))
        self._patches.append((len(self.columns), line, places))
        self.columns.append(places[:, None].astype(np.int32))
        self._column_tensors.append(column)
        self._patch_bytes = max(self._patch_bytes, content.size)
        self.body.update(self._bytes, self.body.constant("patch_rows", content), column, self._bytes)

    def update_flat(self, whole: TensorId, rows: TensorId, axis: int, start: tuple[int, int] | NDArray[Any]) -> None:
        """Write `rows` into `whole`, a row being one run of elements; `start` is the row and the element in it."""
        tensors = [self.editor.tensor(item, self.body_index) for item in (whole, rows)]
        flat = self._flat(tensors, [(tensor.shape[axis], prod(tensor.shape[axis + 1 :])) for tensor in tensors])
        self.write(flat[0], flat[1], start, flat[0], "store" if isinstance(start, np.ndarray) else "at")

    def _flat(self, tensors: Sequence[Tensor], shapes: Sequence[tuple[int, ...]]) -> list[TensorId]:
        """Return views of a buffer and of its new rows in other shapes."""
        pairs = zip(tensors, shapes, strict=True)
        flat = [self.body.like(f"{tensor.name}_flat", tensor, shape) for tensor, shape in pairs]
        whole, rows = (tensor.id for tensor in tensors)
        self.body.reshape(rows, shapes[1], flat[1])
        # No operator names the view of an output any more: the flat one stands for it.
        seen = {view: tensor for tensor, view in self._views.items()}
        self._standing += [(seen.get(whole, whole), flat[0], 0), (rows, flat[1], 0)]
        return flat

    def shift(self, whole: TensorId, kept: CarriedRows, carry: int, rate: int) -> None:
        """Move the last `carry` rows of a held line buffer to its beginning, within the buffer where SLICE can.

        It moves forward, element by element, and looks at the size it is given, not at the output's shape
        (tensorflow/lite/kernels/internal/reference/slice.h, 2026-08).
        """
        tensor = self.editor.tensor(whole, self.body_index)
        in_front = all(extent == 1 for extent in tensor.shape[: self.schedule.axis])
        if tensor.dtype in GATHERED or not in_front:
            super().shift(whole, kept, carry, rate)
            return
        self._slice_rows(tensor, rate, with_rows(tensor.shape, self.schedule.axis, carry), kept.left)

    def summands(self, name: str, start: NDArray[Any], rows: TensorId) -> TensorId:
        """Return a view of a sum at the end of the carried block and of the rows, which are made behind it."""
        made = self.editor.tensor(rows, self.body_index)
        if not self._just_made(rows):
            # These rows have a place of their own, for others.
            copy = self.body.like(f"{made.name}_copy", made, made.shape)
            self.body.reshape(rows, made.shape, copy)
            rows = copy
        depth = start.shape[3]
        shape = (1, 1, 1 + made.elements // depth, depth)
        whole, left = (self.body.like(f"{name}_{word}", made, shape) for word in ("summands", "sum_left"))
        self._sums.append(ViewedSum(start, (whole, left), rows))
        return whole

    def _just_made(self, rows: TensorId) -> bool:
        standing = {tensor for tie in self._standing for tensor in tie[:2]}
        ops = self.editor.ops(self.body_index)
        return bool(ops) and rows in ops[-1].outputs and rows not in standing

    def keep_sum(self, whole: TensorId, total: TensorId, place: NDArray[Any]) -> None:
        """Write the sum over the first pixel or, where nobody reads it, over the next."""
        self.write(whole, total, place, self._sums[0].views[1], "sum_at")
        self._sums[0].last_reader = self.editor.ops(self.body_index)[-1].id

    def total(self, output: Tensor) -> TensorId:
        """Return a view of the sum, shaped like the output."""
        rows = self.editor.tensor(self._sums[0].rows, self.body_index)
        total = self._sums[0].total = self.main.like(f"{output.name}_total", rows, output.shape)
        return total

    def becomes(self, stored: TensorId, output: Tensor) -> None:
        """Let the output be a view of it."""
        self._standing.append((stored, output.id, 0))
        self._made.append((output.id, self._afterwards[-1].id))

    def finish(self) -> Streamed:
        """Write what steers the loop, put the loop into the main graph and return the model."""
        width = 2 + sum(column.shape[1] for column in self.columns) + self.gates.words
        # Behind a source the block begins with a row of padding, at whatever address the source ends.
        offset = self._guard[0].size_bytes if self._guard else 0
        steering = aligned_behind(offset, self._guard[2].nbytes if self._guard else 0)
        size = aligned_behind(offset, steering + 4 * width)
        held, size = self._placed(offset, size)
        content = np.zeros(size, dtype=np.int8)
        content[steering + 4] = 1  # the loop goes on; the place is 0
        if self._guard:
            content[: self._guard[2].nbytes] = np.frombuffer(self._guard[2].tobytes(), dtype=np.int8)
        for _, filler, place in held:
            content[place : place + filler.nbytes] = np.frombuffer(filler.tobytes(), dtype=np.int8)
        shape = (size,) if self._bytes is None else self.editor.tensor(self._bytes, self.body_index).shape
        before = self.main.constant("state_before", content.reshape(shape))
        entry = self._carry("state", before, self.editor.tensor(before), shape)
        if self._bytes is not None:  # patches name the block itself
            entry.body_in = entry.body_out = self._bytes
        tied = [(entry.body_in, view, place) for view, _, place in held]
        tied += self._steer(entry.body_in, steering, width)
        for summed in self._sums:
            tied += summed.tied(entry.body_in, entry.after, held[-1][2])
        if self._guard:
            tied += [(self._guard[0].id, entry.body_in, offset), (self._guard[0].id, self._guard[1], 0)]
        cond_inputs = [
            self.cond.like(tensor.name, tensor, tensor.shape)
            for tensor in (self.editor.tensor(item.body_in, self.body_index) for item in self._entries)
        ]
        goes_on = self.cond.tensor("goes_on", DType.BOOL, (1,))
        tied.append((cond_inputs[-1], goes_on, steering + 4))
        tied += [(tensor, view, 0) for tensor, view in self._views.items()]
        tied += [*self._standing, *((after, before, 0) for before, after in self._unset.items())]
        tied += self.gates.tied
        behind = []
        sources = tuple(tensor for tensor in self._views if tensor not in self._outputs)
        for output in self._outputs:
            source = self._overwritten(output, sources)
            if source is not None:
                behind.append(Behind(output, source, self._distance(output, source)))
        loop = self._close([], cond_inputs, goes_on)
        # What only views name, of this loop or of an earlier one, stays; what is computed row by row now goes.
        gone = set(self.schedule.lines) - set(self.schedule.outputs)
        known = self.graph.by_id
        self.editor.prune_tensors(
            keep=lambda tensor: (
                tensor.id in self.gates.kept
                or (tensor.id in known and not tensor.is_constant and tensor.id not in gone)
            )
        )
        sums = self._sums
        hints = Hints(
            tuple(behind),
            tuple(tied),
            frozenset((entry.body_in, entry.after, cond_inputs[-1])),
            frozenset((*(self._guard[1:2] if self._guard else ()), *(view for item in sums for view in item.views))),
            (
                *((tensor, loop) for tensor in sources),
                *self.gates.read_by,
                *(pair for item in sums for pair in item.read_by()),
            ),
            (
                *((tensor, loop) for tensor in self._outputs),
                *self._made,
                *self.gates.made_by,
                *(pair for it in sums for pair in it.made_by(loop)),
            ),
            frozenset(self._unset),
        )
        return Streamed(self.editor.build(), hints, loop, self.schedule.trips)

    def _placed(self, offset: int, size: int) -> tuple[list[tuple[TensorId, NDArray[Any], int]], int]:
        """Return what the carried block holds from byte `size` on, with its first content and place, and its size."""
        held = []
        for view, filler in self._held:
            held.append((view, filler, size))
            size = aligned_behind(offset, size + filler.nbytes)
        self._place_patches({view: place for view, _, place in held}, size)
        if self._bytes is not None:
            size = aligned_behind(offset, size + self._patch_bytes)
        for known in self._sums:
            # It comes last, for rows to be made behind it.
            held.append((known.views[0], known.start, size))
            size = aligned_behind(offset, size + known.start.nbytes)
        if self._bytes is not None:  # patches name the whole block, sums included
            self._set_bytes(self.editor.tensor(self._bytes, self.body_index), size)
        return held, size

    def _set_bytes(self, flat: Tensor, size: int) -> None:
        self.editor.update_tensor(replace(flat, shape=(size,)), self.body_index)

    def _place_patches(self, places: Mapping[TensorId, int], unused: int) -> None:
        """Say in the control table where in the carried block patches go; `unused`: where it ends."""
        for column, line, at in self._patches:
            self.columns[column] = np.where(at < 0, unused, places[line] + at)[:, None].astype(np.int32)

    def _distance(self, output: TensorId, source: TensorId) -> int:
        distance = overwrite_distance(self.graph, self.schedule, output, source)
        if self._guard is None or self._guard[0].id != source:
            return distance
        # The output must end where the source does, before the row of padding behind it.
        return min(distance, self.graph.tensor(source).size_bytes - self.graph.tensor(output).size_bytes)

    def _steer(self, state: TensorId, start: int, width: int) -> list[tuple[TensorId, TensorId, int]]:
        trips = self.schedule.trips
        heads = np.stack([np.arange(1, trips + 1), np.ones(trips)], axis=1).astype(np.int32)
        heads[-1, 1] = 0
        flags = np.zeros((trips, self.gates.words), dtype=np.int32)
        rows = np.concatenate([heads, *self.columns, flags], axis=1)
        tied = [(state, flag, start + byte) for flag, byte in self.gates.write_flags(rows, width - self.gates.words)]
        written = self._before_body()
        place = self.body.tensor("place", DType.INT32, (1,))
        row = self._control_row(rows, place)
        self._after_steering(written)
        tied += [(state, place, start), (state, row, start)]
        at = start + 8
        for tensor, column in zip(self._column_tensors, self.columns, strict=True):
            tied.append((state, tensor, at))
            at += 4 * column.shape[1]
        return tied
