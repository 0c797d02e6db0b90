"""A streaming loop as valid TFLite: everything passes through the signature of the WHILE; desktop LiteRT runs it."""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Model, Op, Options, Tensor, TensorId
from arenafit.memory.layout import Behind, Hints
from arenafit.rewrites.streaming.body import FILLED, with_rows
from arenafit.rewrites.streaming.loop_state import Entry, Kept, LoopState, Streamed
from arenafit.rewrites.streaming.overlay import rows_before
from arenafit.rewrites.streaming.schedule import Schedule


class CarriedState(LoopState):
    """Valid TFLite: place in the control table, sources, line buffers and outputs are all operands of the loop."""

    def __init__(self, model: Model, schedule: Schedule, label: str, *, keep_inputs: bool) -> None:
        """Carry the place in the control table first; its successor is the table's first column."""
        super().__init__(model, schedule, label, keep_inputs=keep_inputs)
        place = self.main.ints("first", [0])
        self._place = self._carry("place", place, self.editor.tensor(place), (1,))
        self._place.body_out = self.column("next", np.arange(1, schedule.trips + 1)[:, None])
        self._sources: dict[TensorId, Entry] = {}
        self._outputs: dict[TensorId, Entry] = {}
        self._guards: dict[TensorId, tuple[NDArray[Any], Op]] = {}
        self._sum: Entry | None = None

    def stands(self, one: TensorId, other: TensorId, distance_bytes: int) -> None:
        """Note nothing: the operators themselves say which tensors may share bytes."""

    def source(self, tensor_id: TensorId) -> TensorId:
        """Return the body's input for a tensor made before the loop; it is carried unchanged."""
        if tensor_id not in self._sources:
            tensor = self.graph.tensor(tensor_id)
            self._sources[tensor_id] = self._carry(f"{tensor.name}_whole", tensor_id, tensor, tensor.shape)
        return self._sources[tensor_id].body_in

    def guarded(self, tensor: Tensor, filler: NDArray[Any]) -> TensorId | None:
        """Return the body's input for a source carried with the row `filler` behind it.

        The row is joined to it before the loop: a copy of the source onto itself, once planned.
        """
        entry = self._sources[tensor.id]
        if tensor.id not in self._guards:
            axis, editor = self.schedule.axis, self.editor
            shape = with_rows(tensor.shape, axis, tensor.shape[axis] + 1)
            row = self.main.constant(f"{tensor.name}_guard", filler, tensor.quant)
            entry.before = self.main.like(f"{tensor.name}_guarded", tensor, shape)
            self._guards[tensor.id] = (filler, self._joined((tensor.id, row), entry.before))
            for index, other in ((0, entry.after), (self.body_index, entry.body_in)):
                editor.update_tensor(replace(editor.tensor(other, index), shape=shape), index)
        return entry.body_in if np.array_equal(self._guards[tensor.id][0], filler) else None

    def _joined(self, parts: Sequence[TensorId], whole: TensorId) -> Op:
        options = Options("ConcatenationOptions", (("axis", self.schedule.axis), ("fused_activation_function", 0)))
        return self.editor.make_op("CONCATENATION", parts, (whole,), options, version=2)

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

    def summands(self, name: str, start: NDArray[Any], rows: TensorId) -> TensorId:
        """Return the sum carried, joined with the rows."""
        made = self.editor.tensor(rows, self.body_index)
        depth = start.shape[3]
        pixels = (1, 1, made.elements // depth, depth)
        if made.shape != pixels:
            flat = self.body.like(f"{made.name}_flat", made, pixels)
            options = Options("ReshapeOptions", (("new_shape", pixels),))
            self.body.op("RESHAPE", (rows, self.body.ints("shape", pixels)), (flat,), options)
            rows = flat
        kept = self.line(replace(made, name=f"{name}_sum"), start)
        self._sum = self._entries[-1]
        whole = self.body.like(f"{name}_summands", made, (1, 1, 1 + pixels[2], depth))
        self.body.concatenate((kept.found, rows), 2, whole)
        return whole

    def keep_sum(self, whole: TensorId, total: TensorId, place: TensorId) -> None:
        """Write the sum into the summands and take their first pixel."""
        tensor, pixel = self.editor.tensor(whole, self.body_index), self._known_sum()
        left = self.body.like(f"{tensor.name}_left", tensor, tensor.shape)
        self.body.update(whole, total, place, left)
        shape = self.editor.tensor(pixel.body_out, self.body_index).shape
        self.body.slice(left, self.body.ints("begin", (0, 0, 0, 0)), shape, pixel.body_out)

    def _known_sum(self) -> Entry:
        if self._sum is None:
            raise LookupError("this loop keeps no sum")
        return self._sum

    def total(self, output: Tensor) -> TensorId:  # noqa: ARG002 a view would have its shape
        """Return what the loop carried."""
        return self._known_sum().after

    def becomes(self, stored: TensorId, output: Tensor) -> None:
        """Copy it; a reshape asks for no scale."""
        operands = (stored, self.main.ints("shape", output.shape))
        options = Options("ReshapeOptions", (("new_shape", output.shape),))
        self.afterwards(self.editor.make_op("RESHAPE", operands, (output.id,), options))

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
        behind: list[Behind] = []
        first_contents = [op for _, op in self._guards.values()]
        for output, entry in self._outputs.items():
            source = self._overwritten(output, tuple(self._sources), as_view=False)
            if source is None:
                first_contents.append(self._fill(entry.before))
                continue
            read = self.graph.tensor(source)
            row_bytes = read.size_bytes // read.shape[self.schedule.axis]
            distance = -row_bytes * rows_before(self.graph, self.schedule, output, source)
            # Anywhere else the first content would be copied there, over rows that are yet to be read.
            behind.append(Behind(entry.after, self._sources[source].after, distance, exactly=True))
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

    def _view_of_source(self, entry: Entry, output: TensorId, source: TensorId) -> list[Op]:
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
            ops.append(self._fill(room))
            ops.append(self._joined((room, source), part))
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
        if tensor.dtype in FILLED:
            return self.editor.make_op("FILL", (dims, value), (tensor_id,), Options("FillOptions"), version=3)
        options = Options("BroadcastToOptions")
        return self.editor.make_op("BROADCAST_TO", (value, dims), (tensor_id,), options, version=3)
