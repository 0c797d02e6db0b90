"""A streaming loop as valid TFLite: everything passes through the signature of the WHILE; desktop LiteRT runs it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Model, Op, Options, Tensor, TensorId
from arenafit.layout import Behind, Hints
from arenafit.streaming.loop.body import with_rows
from arenafit.streaming.loop.loop_state import CarriedRows, Entry, LoopState, Streamed
from arenafit.streaming.overwrite import overwrite_distance
from arenafit.streaming.schedule import Schedule


class CarriedState(LoopState):
    """Valid TFLite: place in the control table, sources, line buffers and outputs are all operands of the loop."""

    def __init__(self, model: Model, schedule: Schedule, label: str, *, keep_inputs: bool) -> None:
        """Carry the place in the control table first; its successor is the table's first column."""
        super().__init__(model, schedule, label, keep_inputs=keep_inputs)
        place = self.main.ints("first", [0])
        self._place = self._carry("place", place, self.editor.tensor(place), (1,))
        self._place.body_out = self.column("next", np.arange(1, schedule.trips + 1)[:, None])
        self._known_columns.clear()  # places are counted in words in the end: no column of rows is the same
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

    def output(self, tensor_id: TensorId) -> CarriedRows:
        """Return the body's input and output for an output of the loop."""
        tensor = self.graph.tensor(tensor_id)
        before = self.main.like(f"{tensor.name}_unset", tensor, tensor.shape)
        self.editor.update_tensor(replace(self.editor.tensor(before), is_variable=True))
        entry = self._carry(f"{tensor.name}_part", before, tensor, tensor.shape, after=tensor_id)
        entry.body_out = self.body.like(f"{tensor.name}_more", tensor, tensor.shape)
        self._outputs[tensor_id] = entry
        return CarriedRows(entry.body_in, entry.body_out, entry.body_out)

    def held(self, tensor: Tensor, filler: NDArray[Any]) -> CarriedRows:
        """Return a line buffer carried whole."""
        before = self.main.constant(f"{tensor.name}_before", filler, tensor.quant)
        entry = self._carry(f"{tensor.name}_held", before, tensor, filler.shape)
        entry.body_out = self.body.like(f"{tensor.name}_keep", tensor, filler.shape)
        return CarriedRows(entry.body_in, self.body.like(f"{tensor.name}_line", tensor, filler.shape), entry.body_out)

    def summands(self, name: str, start: NDArray[Any], rows: TensorId) -> TensorId:
        """Return the sum carried, joined with the rows."""
        made = self.editor.tensor(rows, self.body_index)
        depth = start.shape[3]
        pixels = (1, 1, made.elements // depth, depth)
        if made.shape != pixels:
            flat = self.body.like(f"{made.name}_flat", made, pixels)
            self.body.reshape(rows, pixels, flat)
            rows = flat
        kept = self.line(replace(made, name=f"{name}_sum"), start)
        self._sum = self._entries[-1]
        whole = self.body.like(f"{name}_summands", made, (1, 1, 1 + pixels[2], depth))
        self.body.concatenate((kept.found, rows), 2, whole)
        return whole

    def keep_sum(self, whole: TensorId, total: TensorId, place: NDArray[Any]) -> None:
        """Write the sum into the summands and take their first pixel."""
        tensor, pixel = self.editor.tensor(whole, self.body_index), self._known_sum()
        left = self.body.like(f"{tensor.name}_left", tensor, tensor.shape)
        self.write(whole, total, place, left, "sum_at")
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
        options = Options("ReshapeOptions", (("new_shape", output.shape),))
        self.afterwards(self.editor.make_op("RESHAPE", (stored,), (output.id,), options))

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
        for output, entry in self._outputs.items():
            source = self._overwritten(output, tuple(self._sources))
            if source is not None:
                distance = overwrite_distance(self.graph, self.schedule, output, source)
                behind.append(Behind(entry.after, self._sources[source].after, distance))
        loop = self._close([op for _, op in self._guards.values()], cond_inputs, goes_on)
        self.editor.prune_tensors()
        # Standing elsewhere, the first content would be copied there, over rows that are yet to be read.
        tied = tuple((entry.after, entry.before, 0) for entry in self._outputs.values())
        unset = frozenset(entry.before for entry in self._outputs.values())
        hints = Hints(tuple(behind), tied, unset=unset)
        return Streamed(self.editor.build(), hints, loop, self.schedule.trips)

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
