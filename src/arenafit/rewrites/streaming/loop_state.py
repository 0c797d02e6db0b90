"""What a streaming loop carries from trip to trip, written in one of two ways.

`CarriedState` passes everything through the WHILE's signature: valid TFLite, desktop LiteRT runs it. `ViewedState`, for
TFLM alone, carries one block of memory (control row, line buffers) and reaches the rest by views without producer.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Editor, Graph, Model, Op, OpId, Options, Tensor, TensorId
from arenafit.memory.layout import Behind, Hints
from arenafit.rewrites.streaming.body import Writer, with_rows
from arenafit.rewrites.streaming.overlay import may_overwrite, overwrite_distance, rows_before
from arenafit.rewrites.streaming.schedule import Schedule
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up


@dataclass(frozen=True, slots=True)
class Streamed:
    """A model with a segment streamed, and what its planning and pricing need to know."""

    model: Model
    hints: Hints
    loop: OpId
    trips: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A tensor that survives a trip: as the body finds it, with the new rows written (held lines), as it leaves it."""

    found: TensorId
    written: TensorId
    left: TensorId


@dataclass(slots=True)
class _Entry:
    """A position in the loop's signature."""

    before: TensorId
    after: TensorId
    body_in: TensorId
    body_out: TensorId


class LoopState(ABC):
    """The state of one loop while its body is written, and the operators around the body."""

    def __init__(self, model: Model, schedule: Schedule, label: str, *, keep_inputs: bool) -> None:
        """Add the loop's two graphs to a copy of `model`."""
        self.graph: Graph = model.main
        self.schedule = schedule
        self.editor = Editor(model)
        self.cond_index = self.editor.add_graph(f"{label}_cond")
        self.body_index = self.editor.add_graph(f"{label}_body")
        self.main = Writer(self.editor, 0, label)
        self.body = Writer(self.editor, self.body_index, label)
        self.cond = Writer(self.editor, self.cond_index, label)
        self.keep_inputs = keep_inputs
        self.columns: list[NDArray[np.int32]] = []
        self._column_tensors: list[TensorId] = []
        self._known_columns: dict[tuple[tuple[int, ...], bytes], TensorId] = {}
        self._entries: list[_Entry] = []

    def column(self, name: str, values: NDArray[Any]) -> TensorId:
        """Return the tensor that holds this trip's row of `values` (trips, words) in the body."""
        table = values.astype(np.int32)
        key = (table.shape, table.tobytes())
        if key not in self._known_columns:
            made = self.body.tensor(name, DType.INT32, (table.shape[1],))
            self.columns.append(table)
            self._column_tensors.append(made)
            self._known_columns[key] = made
        return self._known_columns[key]

    @abstractmethod
    def source(self, tensor_id: TensorId) -> TensorId:
        """Return the body's tensor for a tensor made before the loop."""

    def guarded(self, tensor: Tensor, filler: NDArray[Any]) -> TensorId | None:  # noqa: ARG002 only a loop of views has one
        """Return the body's tensor for a source with the row `filler` behind it, or None if there can be none."""
        return None

    @abstractmethod
    def stands(self, one: TensorId, other: TensorId, distance_bytes: int) -> None:
        """Note that a tensor of the body is to stand at a distance from another."""

    @abstractmethod
    def output(self, tensor_id: TensorId) -> Kept:
        """Return the body's tensors for an output of the loop that rows are written to."""

    @abstractmethod
    def held(self, tensor: Tensor, filler: NDArray[Any]) -> Kept:
        """Return a line buffer carried whole, `filler` its first content."""

    def line(self, tensor: Tensor, filler: NDArray[Any]) -> Kept:
        """Return the rows of a line buffer that a trip keeps for the next, `filler` their first content."""
        before = self.main.constant(f"{tensor.name}_before", filler, tensor.quant)
        entry = self._carry(f"{tensor.name}_kept", before, tensor, filler.shape)
        entry.body_out = self.body.like(f"{tensor.name}_keep", tensor, filler.shape)
        return Kept(entry.body_in, entry.body_in, entry.body_out)

    @abstractmethod
    def finish(self) -> Streamed:
        """Write what steers the loop, put the loop into the main graph and return the model."""

    def _carry(
        self, name: str, before: TensorId, like: Tensor, shape: Sequence[int], *, after: TensorId | None = None
    ) -> _Entry:
        body_in = self.body.like(f"{name}_in", like, shape)
        entry = _Entry(before, after or self.main.like(f"{name}_after", like, shape), body_in, body_in)
        self._entries.append(entry)
        return entry

    def _before_body(self) -> list[Op]:
        """Take the body's operators out, so that steering can be written first; give them to `_after_steering`."""
        written = list(self.editor.ops(self.body_index))
        self.editor.set_schedule([], self.body_index)
        return written

    def _after_steering(self, written: Sequence[Op]) -> None:
        self.editor.set_schedule([*self.editor.ops(self.body_index), *written], self.body_index)

    def _close(self, first_contents: Sequence[Op], cond_inputs: Sequence[TensorId], goes_on: TensorId) -> OpId:
        """Set the signatures and put the WHILE where the last of the streamed operators stood."""
        editor = self.editor
        editor.set_inputs(cond_inputs, self.cond_index)
        editor.set_outputs([goes_on], self.cond_index)
        editor.set_inputs([entry.body_in for entry in self._entries], self.body_index)
        editor.set_outputs([entry.body_out for entry in self._entries], self.body_index)
        graphs = (("cond_subgraph_index", self.cond_index), ("body_subgraph_index", self.body_index))
        befores = [entry.before for entry in self._entries]
        afters = [entry.after for entry in self._entries]
        loop = editor.make_op("WHILE", befores, afters, Options("WhileOptions", graphs))
        editor.replace_ops([op.id for op in self.schedule.ops], [*first_contents, loop])
        return loop.id

    def _overwritten(self, output: TensorId, sources: Sequence[TensorId], *, as_view: bool) -> TensorId | None:
        fits = (
            item
            for item in sources
            if may_overwrite(self.graph, self.schedule, output, item, keep_inputs=self.keep_inputs, as_view=as_view)
        )
        return next(fits, None)


class CarriedState(LoopState):
    """Valid TFLite: place in the control table, sources, line buffers and outputs are all operands of the loop."""

    def __init__(self, model: Model, schedule: Schedule, label: str, *, keep_inputs: bool) -> None:
        """Carry the place in the control table first; its successor is the table's first column."""
        super().__init__(model, schedule, label, keep_inputs=keep_inputs)
        place = self.main.ints("first", [0])
        self._place = self._carry("place", place, self.editor.tensor(place), (1,))
        self._place.body_out = self.column("next", np.arange(1, schedule.trips + 1)[:, None])
        self._sources: dict[TensorId, _Entry] = {}
        self._outputs: dict[TensorId, _Entry] = {}

    def stands(self, one: TensorId, other: TensorId, distance_bytes: int) -> None:
        """Note nothing: the operators themselves say which tensors may share bytes."""

    def source(self, tensor_id: TensorId) -> TensorId:
        """Return the body's input for a tensor made before the loop; it is carried unchanged."""
        if tensor_id not in self._sources:
            tensor = self.graph.tensor(tensor_id)
            self._sources[tensor_id] = self._carry(f"{tensor.name}_whole", tensor_id, tensor, tensor.shape)
        return self._sources[tensor_id].body_in

    def output(self, tensor_id: TensorId) -> Kept:
        """Return the body's input and output for an output of the loop."""
        tensor = self.graph.tensor(tensor_id)
        before = self.main.like(f"{tensor.name}_unset", tensor, tensor.shape)
        entry = self._carry(f"{tensor.name}_part", before, tensor, tensor.shape, after=tensor_id)
        entry.body_out = self.body.like(f"{tensor.name}_more", tensor, tensor.shape)
        self._outputs[tensor_id] = entry
        return Kept(entry.body_in, entry.body_out, entry.body_out)

    def held(self, tensor: Tensor, filler: NDArray[Any]) -> Kept:
        """Return a line buffer carried whole."""
        before = self.main.constant(f"{tensor.name}_before", filler, tensor.quant)
        entry = self._carry(f"{tensor.name}_held", before, tensor, filler.shape)
        entry.body_out = self.body.like(f"{tensor.name}_keep", tensor, filler.shape)
        return Kept(entry.body_in, self.body.like(f"{tensor.name}_line", tensor, filler.shape), entry.body_out)

    def finish(self) -> Streamed:
        """Write what steers the loop, put the loop into the main graph and return the model."""
        width = self._steer()
        cond_inputs = []
        for entry in self._entries:
            tensor = self.editor.tensor(entry.body_in, self.body_index)
            cond_inputs.append(self.cond.like(tensor.name, tensor, tensor.shape))
        goes_on = self.cond.tensor("goes_on", DType.BOOL, (1,))
        end = self.cond.ints("end", [width * self.schedule.trips])
        self.cond.op("LESS", (cond_inputs[0], end), (goes_on,), Options("LessOptions"))
        behind, first_contents = [], []
        for output, entry in self._outputs.items():
            source = self._overwritten(output, tuple(self._sources), as_view=False)
            if source is None:
                first_contents.append(self._fill(entry.before))
                continue
            distance = overwrite_distance(self.graph, self.schedule, output, source)
            behind.append(Behind(entry.after, self._sources[source].after, distance))
            first_contents += self._view_of_source(entry, output, source)
        loop = self._close(first_contents, cond_inputs, goes_on)
        self.editor.prune_tensors()
        return Streamed(self.editor.build(), Hints(tuple(behind)), loop, self.schedule.trips)

    def _steer(self) -> int:
        """Write the operators that fetch a trip's row of the control table; return the words in a row."""
        width = sum(int(column.shape[1]) for column in self.columns)
        self.columns[0] = (self.columns[0] * width).astype(np.int32)
        table = self.body.constant("schedule", np.concatenate(self.columns, axis=1).reshape(-1))
        written = self._before_body()
        row = self.body.tensor("control", DType.INT32, (width,))
        self.body.slice(table, self._place.body_in, (width,), row)
        self.body.split(row, [column.shape[1] for column in self.columns], self._column_tensors)
        self._after_steering(written)
        return width

    def _view_of_source(self, entry: _Entry, output: TensorId, source: TensorId) -> list[Op]:
        """Operators that give an output its first content out of the source: copies onto themselves, once planned."""
        editor, axis = self.editor, self.schedule.axis
        whole, made = self.graph.tensor(source), editor.tensor(entry.before)
        before = rows_before(self.graph, self.schedule, output, source)
        ops: list[Op] = []
        part, part_shape = source, whole.shape
        if before:
            room = self.main.like(f"{whole.name}_room", whole, with_rows(whole.shape, axis, before))
            part_shape = with_rows(whole.shape, axis, before + whole.shape[axis])
            part = self.main.like(f"{whole.name}_behind_room", whole, part_shape)
            options = Options("ConcatenationOptions", (("axis", axis), ("fused_activation_function", 0)))
            ops.append(self._fill(room))
            ops.append(editor.make_op("CONCATENATION", (room, source), (part,), options, version=2))
        taken = with_rows(whole.shape, axis, max(1, made.elements * whole.shape[axis] // whole.elements))
        if prod(taken) != made.elements:
            part_shape, taken = (prod(part_shape),), (made.elements,)
            part = self._reshaped(part, f"{whole.name}_flat", whole, part_shape, ops)
        if taken != part_shape:
            piece = self.main.like(f"{whole.name}_part", whole, taken)
            begin, size = self.main.ints("begin", [0] * len(taken)), self.main.ints("size", taken)
            ops.append(editor.make_op("SLICE", (part, begin, size), (piece,), Options("SliceOptions"), version=2))
            part = piece
        self._reshaped(part, "", made, made.shape, ops, into=entry.before)
        return ops

    def _reshaped(
        self,
        tensor: TensorId,
        name: str,
        like: Tensor,
        shape: tuple[int, ...],
        ops: list[Op],
        *,
        into: TensorId | None = None,
    ) -> TensorId:
        result = self.main.like(name, like, shape) if into is None else into
        options = Options("ReshapeOptions", (("new_shape", shape),))
        ops.append(self.editor.make_op("RESHAPE", (tensor, self.main.ints("shape", shape)), (result,), options))
        return result

    def _fill(self, tensor_id: TensorId) -> Op:
        """An operator that gives a tensor a first content, which is overwritten before anybody reads it."""
        tensor = self.editor.tensor(tensor_id)
        dims = self.main.ints("dims", tensor.shape)
        value = self.main.constant("zero", np.array(0, dtype=tensor.dtype.numpy), tensor.quant)
        return self.editor.make_op("FILL", (dims, value), (tensor_id,), Options("FillOptions"), version=3)


class ViewedState(LoopState):
    """TFLM alone: one block of bytes is carried, [control row, held line buffers]; all else are views of memory.

    The control row is [place of the next row, whether the loop goes on, columns ...]; SLICE reads where to take a row
    from out of the row it then writes (tensorflow/lite/micro/kernels/slice.cc, 2026-08).
    """

    def __init__(self, model: Model, schedule: Schedule, label: str, *, keep_inputs: bool) -> None:
        """Begin with no views."""
        super().__init__(model, schedule, label, keep_inputs=keep_inputs)
        self._views: dict[TensorId, TensorId] = {}  # body view by main tensor
        self._outputs: list[TensorId] = []
        self._held: list[tuple[TensorId, NDArray[Any]]] = []
        self._guard: tuple[Tensor, TensorId, NDArray[Any]] | None = None
        self._standing: list[tuple[TensorId, TensorId, int]] = []

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

    def output(self, tensor_id: TensorId) -> Kept:
        """Return a view of an output of the loop; it is operand and result at once."""
        self._outputs.append(tensor_id)
        view = self._view(tensor_id)
        return Kept(view, view, view)

    def held(self, tensor: Tensor, filler: NDArray[Any]) -> Kept:
        """Return a line buffer in the carried block; it is operand and result at once."""
        view = self.body.like(f"{tensor.name}_line", tensor, filler.shape)
        self._held.append((view, filler))
        return Kept(view, view, view)

    def finish(self) -> Streamed:
        """Write what steers the loop, put the loop into the main graph and return the model."""
        width = 2 + sum(column.shape[1] for column in self.columns)
        # Behind a source the block begins with a row of padding, at whatever address the source ends.
        offset = self._guard[0].size_bytes if self._guard else 0
        steering = _aligned_behind(offset, self._guard[2].nbytes if self._guard else 0)
        size = _aligned_behind(offset, steering + 4 * width)
        places = []
        for _, filler in self._held:
            places.append(size)
            size = _aligned_behind(offset, size + filler.nbytes)
        content = np.zeros(size, dtype=np.int8)
        content[steering + 4] = 1  # the loop goes on; the place is 0
        if self._guard:
            content[: self._guard[2].nbytes] = np.frombuffer(self._guard[2].tobytes(), dtype=np.int8)
        for (_, filler), place in zip(self._held, places, strict=True):
            content[place : place + filler.nbytes] = np.frombuffer(filler.tobytes(), dtype=np.int8)
        before = self.main.constant("state_before", content)
        entry = self._carry("state", before, self.editor.tensor(before), (size,))
        tied = [(entry.body_in, view, place) for (view, _), place in zip(self._held, places, strict=True)]
        tied += self._steer(entry.body_in, steering, width)
        if self._guard:
            tied += [(self._guard[0].id, entry.body_in, offset), (self._guard[0].id, self._guard[1], 0)]
        cond_inputs = [
            self.cond.like(tensor.name, tensor, tensor.shape)
            for tensor in (self.editor.tensor(item.body_in, self.body_index) for item in self._entries)
        ]
        goes_on = self.cond.tensor("goes_on", DType.BOOL, (1,))
        tied.append((cond_inputs[-1], goes_on, steering + 4))
        tied += [(tensor, view, 0) for tensor, view in self._views.items()]
        tied += self._standing
        behind = []
        sources = tuple(tensor for tensor in self._views if tensor not in self._outputs)
        for output in self._outputs:
            source = self._overwritten(output, sources, as_view=True)
            if source is not None:
                behind.append(Behind(output, source, self._distance(output, source)))
        loop = self._close([], cond_inputs, goes_on)
        # What only views name, of this loop or of an earlier one, stays; what is computed row by row now goes.
        gone = set(self.schedule.lines) - set(self.schedule.outputs)
        known = self.graph.by_id
        self.editor.prune_tensors(
            keep=lambda tensor: tensor.id in known and not tensor.is_constant and tensor.id not in gone
        )
        hints = Hints(
            tuple(behind),
            tuple(tied),
            frozenset((entry.body_in, entry.after, cond_inputs[-1])),
            frozenset((self._guard[1],)) if self._guard else frozenset(),
            tuple((tensor, loop) for tensor in sources),
            tuple((tensor, loop) for tensor in self._outputs),
        )
        return Streamed(self.editor.build(), hints, loop, self.schedule.trips)

    def _distance(self, output: TensorId, source: TensorId) -> int:
        distance = overwrite_distance(self.graph, self.schedule, output, source)
        if self._guard is None or self._guard[0].id != source:
            return distance
        # The output must end where the source does, before the row of padding behind it.
        return min(distance, self.graph.tensor(source).size_bytes - self.graph.tensor(output).size_bytes)

    def _steer(self, state: TensorId, start: int, width: int) -> list[tuple[TensorId, TensorId, int]]:
        trips = self.schedule.trips
        heads = np.stack([np.arange(1, trips + 1) * width, np.ones(trips)], axis=1).astype(np.int32)
        heads[-1, 1] = 0
        table = self.body.constant("schedule", np.concatenate([heads, *self.columns], axis=1).reshape(-1))
        written = self._before_body()
        place = self.body.tensor("place", DType.INT32, (1,))
        row = self.body.tensor("control", DType.INT32, (width,))
        self.body.slice(table, place, (width,), row)
        self._after_steering(written)
        tied, at = [(state, place, start), (state, row, start)], start + 8
        for tensor, column in zip(self._column_tensors, self.columns, strict=True):
            tied.append((state, tensor, at))
            at += 4 * column.shape[1]
        return tied


def _aligned_behind(offset: int, size: int) -> int:
    """The least place from `size` on that is aligned in the arena when counting begins `offset` behind alignment."""
    return align_up(offset + size, ARENA_ALIGNMENT_BYTES) - offset
