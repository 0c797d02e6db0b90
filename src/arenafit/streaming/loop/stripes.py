"""Operators run on stripes of an image: the operator itself, told the stripe's size, and cut to the rows that count."""

from collections.abc import Sequence

import numpy as np

from arenafit import ops
from arenafit.ir import DType, Op, OpId, Tensor, TensorId, holds_plain_data
from arenafit.ops.rows import Window
from arenafit.streaming.loop.body import with_rows, without_padding
from arenafit.streaming.loop.loop_state import LoopState
from arenafit.streaming.op_geometry import size_operand
from arenafit.streaming.overwrite import rows_read
from arenafit.streaming.schedule import Read


def stripped_kernel(weights: Tensor, sizes: Sequence[int], strides: Sequence[int]) -> tuple[int, ...]:
    """Return the size (H, W) of a kernel without the zero rows and columns at its end that no output hangs on.

    `sizes` and `strides` are those of the padded image along H and W. Weights that are no plain integers with the zero
    point 0 keep their size.
    """
    zero_points = weights.quant.zero_points if weights.quant else ()
    if weights.dtype is not DType.INT8 or not holds_plain_data(weights) or any(zero_points) or len(weights.shape) != 4:
        return weights.shape[1:3]
    values = weights.array()
    found = []
    for axis, (size, stride) in enumerate(zip(sizes, strides, strict=True)):
        kept = extent = weights.shape[1 + axis]
        while (
            kept > 1
            and not values.take(kept - 1, axis=1 + axis).any()
            and (size - kept + 1) // stride == (size - extent) // stride
        ):
            kept -= 1
        found.append(kept)
    return tuple(found)


class StripeWriter:
    """Writes operators of the main graph into a loop's body, to be run on some rows."""

    def __init__(self, state: LoopState) -> None:
        """Write into the body of `state`."""
        self._state = state
        self._editor = state.editor
        self._body = state.body_index
        self._w = state.body
        self._axis = state.schedule.axis
        self.made_from: dict[OpId, Op] = {}  # operators of the main graph by those of the body

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
        self._strip_zero_taps(op, taken)
        options = op.options if size is not None else without_padding(op)
        written = self._editor.clone_op(op, taken, (made,), options=options)
        self.made_from[written.id] = op
        self._editor.append_op(written, self._body)
        if not isinstance(found, Window) or not more:
            return made
        cut_shape = with_rows(output.shape, self._axis, rows)
        cut = self._w.like(f"{output.name}_cut", output, cut_shape)
        self._w.slice(made, self._begin(op, found), cut_shape, cut)
        return cut

    def _strip_zero_taps(self, op: Op, taken: list[TensorId | None]) -> None:
        """Take the last rows and columns of a kernel away where they are zero and the stripe's size stays the same.

        A PAD taken into a convolution leaves such taps (`fold_pad_wide`). Rows are padded here, so they do nothing; a
        kernel of its first size is back on the paths that kernel libraries have for it. Of integers only: what 0 times
        Inf is, a float model may be asked for.
        """
        operator = ops.find(op.code)
        position = None if operator is None else operator.taps
        image, kernel = (None, None) if position is None else (taken[0], taken[position])
        if position is None or op.options is None or image is None or kernel is None:
            return
        source, weights = (self._editor.tensor(operand, self._body) for operand in (image, kernel))
        kept = stripped_kernel(weights, source.shape[1:3], (op.options["stride_h"], op.options["stride_w"]))
        dilated = any((op.options.get(f"dilation_{axis}_factor") or 1) != 1 for axis in "hw")
        if kept == weights.shape[1:3] or dilated:
            return
        part = np.ascontiguousarray(weights.array()[:, : kept[0], : kept[1], :])
        taken[position] = self._w.constant(f"{weights.name}_stripped", part, weights.quant)

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
