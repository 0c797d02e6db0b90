"""Convolutions of a loop's body that run only in the trips that make rows of the image, for TFLM alone.

A line that runs ahead of others or behind them makes rows outside the image in some trips, and a window that moves by
less than its stride makes rows nobody wants in others. The convolution goes into a branch of an IF without operands and
results: its operand and its rows are views at the places that the body's tensors have, so that nothing is copied. The
other branch is empty. In a trip that skips it the rows hold what stood there before: rows outside the image, which
masks and patches set to padding as before, or rows that the next ones overwrite.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from arenafit import ops
from arenafit.ir import DType, Op, OpId, Options, TensorId
from arenafit.streaming.loop.body import Writer
from arenafit.streaming.loop.loop_state import LoopState
from arenafit.streaming.schedule import Schedule

_FLAGS_PER_WORD = 4
# Byte 0 of the control row's second word says whether the loop goes on.
_TAKEN_BYTES = 1


@dataclass(slots=True)
class Gates:
    """The gates of one loop.

    `read_by` and `made_by` are tensors of the body that an operator reads or makes through views; `tied` are tensors
    that stand at the same place.
    """

    read_by: list[tuple[TensorId, OpId]] = field(default_factory=list)
    made_by: list[tuple[TensorId, OpId]] = field(default_factory=list)
    tied: list[tuple[TensorId, TensorId, int]] = field(default_factory=list)
    flags: list[tuple[TensorId, NDArray[np.bool_]]] = field(default_factory=list)  # of each, whether a trip runs it
    kept: set[TensorId] = field(default_factory=set)  # tensors of the body that views alone may name

    @property
    def words(self) -> int:
        """Words that the control row is longer, for flags that find no byte in its second."""
        return -(-max(0, len(self.flags) + _TAKEN_BYTES - _FLAGS_PER_WORD) // _FLAGS_PER_WORD)

    def write_flags(self, table: NDArray[np.int32], first_word: int) -> Iterable[tuple[TensorId, int]]:
        """Put the flags into the control `table` (trips, words), and yield each flag's tensor and its byte in a row.

        Those that find no byte in the second word stand from `first_word` on.
        """
        for index, (tensor, active) in enumerate(self.flags):
            word, byte = divmod(index + _TAKEN_BYTES, _FLAGS_PER_WORD)
            column = 1 if word == 0 else first_word + word - 1
            table[:, column] |= active.astype(np.int32) << (8 * byte)
            yield tensor, 4 * column + byte


def active_trips(schedule: Schedule, tensor: TensorId) -> NDArray[np.bool_]:
    """Return (trips,) whether a trip makes a row of `tensor` that lies in the image."""
    line, trips = schedule.lines[tensor], np.arange(schedule.trips)
    if line.sweep is not None:
        place, between = np.divmod(line.sweep.origin + line.sweep.step * trips, line.sweep.stride)
        return np.asarray((between == 0) & (place >= 0) & (place < line.height))
    first = line.lead + line.rate * trips
    return np.asarray((first + line.rate > 0) & (first < line.height))


class GateWriter:
    """Puts operators of a loop's body behind gates."""

    def __init__(self, state: LoopState, made_from: Mapping[OpId, Op], least_share: float) -> None:
        """Gate what saves at least this share of the loop's MACs.

        `made_from` gives the operator of the main graph by that of the body.
        """
        self._state = state
        self._editor = state.editor
        self._made_from = made_from
        self._least_share = least_share
        self._nothing: int | None = None  # the branch that does nothing
        self._made = {output for op in state.editor.ops(state.body_index) for output in op.outputs}

    def run(self) -> Gates:
        """Rewrite the body and return its gates."""
        gates = Gates()
        body = self._editor.ops(self._state.body_index)
        macs = {op.id: self._macs(op) for op in body}
        least = self._least_share * self._state.schedule.trips * sum(macs.values())
        written = []
        for op in body:
            active = self._active(op)
            saved = 0 if active is None else macs[op.id] * int((~active).sum())
            written.append(op if active is None or not saved or saved < least else self._gated(op, active, gates))
        self._editor.set_schedule(written, self._state.body_index)
        return gates

    def _macs(self, op: Op) -> int:
        """Return the multiplications of a trip, of what takes a constant kernel; 0 for all else."""
        operator = ops.find(op.code)
        position = None if operator is None else operator.taps
        if position is None or op.id not in self._made_from:
            return 0
        kernel, made = (self._editor.tensor(item, self._state.body_index) for item in (op.operands[1], op.outputs[0]))
        return kernel.elements * made.elements // made.shape[3] if made.shape[3] else 0

    def _active(self, op: Op) -> NDArray[np.bool_] | None:
        """Return the trips that need the operator, None for one that is not to be gated."""
        if not self._macs(op):
            return None
        constants = (self._editor.tensor(item, self._state.body_index) for item in op.operands[1:])
        if not all(tensor.is_constant for tensor in constants):
            return None  # made in each trip, in the body
        return active_trips(self._state.schedule, self._made_from[op.id].outputs[0])

    def _gated(self, op: Op, active: NDArray[np.bool_], gates: Gates) -> Op:
        """Return the IF that runs the operator in the trips that need it."""
        branch = self._editor.add_graph(f"{self._state.label}_gate{len(gates.made_by)}")
        writer = Writer(self._editor, branch, self._state.label)
        image, rows = (self._editor.tensor(item, self._state.body_index) for item in (op.operands[0], op.outputs[0]))
        operand, made = (writer.like(f"{tensor.name}_gated", tensor, tensor.shape) for tensor in (image, rows))
        constants = (None if item is None else self._constant(item, branch) for item in op.inputs[1:])
        inputs = (operand, *constants)
        self._editor.append_op(self._editor.clone_op(op, inputs, (made,)), branch)
        if self._nothing is None:
            self._nothing = self._editor.add_graph(f"{self._state.label}_nothing")
        graphs = (("then_subgraph_index", branch), ("else_subgraph_index", self._nothing))
        gate = self._editor.make_op("IF", (self._flag(active, gates),), (), Options("IfOptions", graphs))
        gates.tied += [(image.id, operand, 0), (rows.id, made, 0)]
        gates.kept |= {image.id, rows.id}
        # A view of what is carried, or of a source, matters in the whole trip anyhow.
        if image.id in self._made:
            gates.read_by.append((image.id, gate.id))
        gates.made_by.append((rows.id, gate.id))
        return gate

    def _constant(self, tensor_id: TensorId, branch: int) -> TensorId:
        tensor = self._editor.tensor(tensor_id, self._state.body_index)
        copy = self._editor.add_tensor(tensor.name, tensor.dtype, tensor.shape, data=tensor.data, graph=branch)
        self._editor.update_tensor(replace(tensor, id=copy), branch)
        return copy

    def _flag(self, active: NDArray[np.bool_], gates: Gates) -> TensorId:
        for known, trips in gates.flags:
            if np.array_equal(trips, active):
                return known
        made = self._state.body.tensor("needed", DType.BOOL, (1,))
        gates.flags.append((made, active))
        return made
