"""For TFLM alone: resource variables that hold the last rows of a stream become bytes of the head.

A streaming layer reads its past rows from a variable, appends the new ones and writes the last back: TFLM keeps the
variable in the tail and copies it twice. Here the past rows and the new ones stand in one place from Invoke to Invoke:
a GATHER moves rows on, and what makes the new rows makes them behind (gather.cc copies row by row, upward).

TFLM touches the head in AllocateTensors alone, and sets tensors marked as variables to their zero point there and in
MicroInterpreter::Reset() (micro_interpreter_graph.cc, commit 90b983c2). So a variable over each run of states begins
them, and begins them anew: only states whose first bytes are all equal are moved. Scratch buffers are planned by
lifetimes that know nothing of what stays: the first and the last operator name all states as one tensor, and write a
byte of it that nobody uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import DType, Editor, Model, Op, OpId, Quant, TensorId
from arenafit.layout import Hints
from arenafit.rewrites._sites import Site, edit, sites
from arenafit.rewrites._stream_states import State, streams, variable_name
from arenafit.rewrites.protocol import Move, Validity
from arenafit.tflite import make_options
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

NAME = "state_in_head"
PLAIN_NAME = "state_in_head_plain"


@dataclass(frozen=True)
class StatesInHead:
    """The model with its states in the head, what a plan must know, and the move that made it."""

    model: Model
    hints: Hints
    move: Move


def state_in_head(model: Model, *, plain: bool = False) -> StatesInHead | None:
    """Return `model` with every stream's state in the head; None if it has none that can be moved.

    `plain`: with STRIDED_SLICE and RESHAPE alone, which every TFLM has, and the firmware of microWakeWord in ESPHome,
    instead of GATHER and DYNAMIC_UPDATE_SLICE, which take less.
    """
    whole = sites(model)
    states = sorted(streams(whole[0]), key=lambda state: state.fill) if whole else []
    if not states:
        return None
    return _Writing(whole[0], states, plain=plain).made()


class _Writing:
    """Writes the states of one model into its head."""

    def __init__(self, site: Site, states: Sequence[State], *, plain: bool) -> None:
        self.site = site
        self.plain = plain
        self.states = states
        self.editor: Editor = edit(site.model)
        self.places: list[int] = []
        # Where the states that begin with the same byte begin and end; the last byte of each run is used by nobody.
        self.runs: dict[int, tuple[int, int]] = {}
        size = 0
        for state in states:
            if state.fill not in self.runs:
                size = align_up(size, ARENA_ALIGNMENT_BYTES)
            first = self.runs.get(state.fill, (size, size))[0]
            place = align_up(max(first, size - 1) if state.fill in self.runs else size, ARENA_ALIGNMENT_BYTES)
            self.places.append(place)
            size = place + state.whole.size_bytes + 1
            self.runs[state.fill] = first, size
        self.size = size
        self._constants: dict[tuple[str, bytes], TensorId] = {}

    def made(self) -> StatesInHead:
        """Return the model."""
        memory = self.editor.add_tensor("states", DType.INT8, (self.size,))
        tied: list[tuple[TensorId, TensorId, int]] = []
        before: dict[OpId, list[Op]] = {}
        for state, place in zip(self.states, self.places, strict=True):
            maker = self.site.graph.producers[state.new]
            moved, op = self._moved_on(state)
            before.setdefault(maker.id, []).append(op)
            behind = place + state.kept(self.site) * (state.whole.size_bytes // state.whole.shape[state.axis])
            tied += [(memory, state.whole.id, place), (memory, moved, place), (memory, state.new, behind)]
        guards = [self._named(memory, self.size) for _ in range(2)]
        begun, begins = self._variables()
        tied += [(memory, tensor, at) for tensor, at in begun]
        gone = {op for state in self.states for op in state.ops} | set(self._dead_handles())
        schedule = [guards[0]]
        for op in self.site.graph.ops:
            schedule += [] if op.id in gone else [*before.get(op.id, ()), op]
        schedule += [*begins, guards[1]]
        self.editor.set_schedule(_once_first(schedule))
        self._drop_first_values()
        self.editor.prune_tensors()
        hints = Hints(
            tied=tuple(tied),
            carriers=frozenset((memory, *(tensor for tensor, _ in begun))),
            read_by=tuple((state.whole.id, guards[1].id) for state in self.states),
            unset=frozenset(tensor for tensor, _ in begun),
        )
        where = tuple(op for state in self.states for op in state.ops)
        count = len(self.states)
        note = f"the state of {count} stream{'s' if count > 1 else ''} kept in the head, its rows made in their place"
        move = Move(PLAIN_NAME if self.plain else NAME, where, validity=Validity.TFLM, note=note)
        return StatesInHead(_without_unused_graphs(self.editor.build()), hints, move)

    def _moved_on(self, state: State) -> tuple[TensorId, Op]:
        """Return the rows that stay, and the operator that moves them to the front."""
        rows, kept = state.whole.shape[state.axis], state.kept(self.site)
        shape = list(state.whole.shape)
        shape[state.axis] = kept
        moved = self.editor.add_tensor(f"{state.whole.name}_kept", state.whole.dtype, shape, quant=state.whole.quant)
        if self.plain:
            return moved, self._cut(state, moved)
        indices = self._constant("rows", np.arange(rows - kept, rows, dtype=np.int32))
        options = make_options("GatherOptions", axis=state.axis)
        return moved, self.editor.make_op("GATHER", (state.whole.id, indices), (moved,), options, version=2)

    def _cut(self, state: State, moved: TensorId) -> Op:
        """Return the operator that cut the rows before, reading and writing them where they stand, upward."""
        rank = len(state.whole.shape)
        begin = np.zeros(rank, np.int32)
        begin[state.axis] = state.whole.shape[state.axis] - state.kept(self.site)
        contents = (begin, np.array(state.whole.shape, np.int32), np.ones(rank, np.int32))
        operands = [
            self._constant(name, content) for name, content in zip(("begin", "end", "step"), contents, strict=True)
        ]
        options = make_options("StridedSliceOptions")
        return self.editor.make_op("STRIDED_SLICE", (state.whole.id, *operands), (moved,), options, version=2)

    def _variables(self) -> tuple[list[tuple[TensorId, int]], list[Op]]:
        """Return a variable over each run of states that begin with one byte, and an operator that names it."""
        found, made = [], []
        for fill, (first, end) in self.runs.items():
            quant = Quant((1.0,), (fill,))
            variable = self.editor.add_tensor(f"states_from_{fill}", DType.INT8, (end - first,), quant=quant)
            self.editor.update_tensor(replace(self.editor.tensor(variable), is_variable=True))
            found.append((variable, first))
            made.append(self._named(variable, end - first))
        return found, made

    def _named(self, memory: TensorId, size: int) -> Op:
        """Return an operator that reads and writes the tensor, and changes its last byte at most, which nobody uses."""
        if self.plain:
            # RESHAPE copies nothing onto itself (reshape.cc).
            options = make_options("ReshapeOptions", new_shape=(size,))
            return self.editor.make_op("RESHAPE", (memory,), (memory,), options)
        value = self._constant("unused", np.zeros(1, np.int8))
        place = self._constant("unused_at", np.array([size - 1], np.int32))
        options = make_options("DynamicUpdateSliceOptions")
        return self.editor.make_op("DYNAMIC_UPDATE_SLICE", (memory, value, place), (memory,), options)

    def _constant(self, name: str, content: NDArray[Any]) -> TensorId:
        """Return a constant of this content, the same one each time: TFLM keeps a record for each."""
        key = (content.dtype.name, content.tobytes())
        if key not in self._constants:
            self._constants[key] = self.editor.add_constant(name, content)
        return self._constants[key]

    def _dead_handles(self) -> list[OpId]:
        names = {state.name for state in self.states}
        return [op.id for op in self.site.graph.ops if op.name == "VAR_HANDLE" and variable_name(op) in names]

    def _drop_first_values(self) -> None:
        """Take out what fills the moved variables, and what runs graphs where nothing is left."""
        names = {state.name for state in self.states}
        empty = set()
        for index, graph in enumerate(self.site.model.graphs[1:], start=1):
            handles = {op.outputs[0] for op in graph.ops if op.name == "VAR_HANDLE" and variable_name(op) in names}
            left = [op for op in graph.ops if not handles.intersection((*op.operands, *op.outputs))]
            if len(left) < len(graph.ops):
                self.editor.set_schedule(left, index)
            if not left and not graph.outputs:
                empty.add(index)
        present = self.editor.ops()
        self.editor.set_schedule([op for op in present if op.name != "CALL_ONCE" or not empty.issuperset(op.subgraphs)])


def _once_first(schedule: Sequence[Op]) -> list[Op]:
    """Return the operators with those that run once before the guard: they write no scratch buffers into the head."""
    once = [op for op in schedule if op.name == "CALL_ONCE"]
    return [*once, *(op for op in schedule if op.name != "CALL_ONCE")]


def _without_unused_graphs(model: Model) -> Model:
    """Return the model without graphs at its end that nobody enters."""
    entered = {0, *(index for graph in model.graphs for op in graph.ops for index in op.subgraphs)}
    entered |= {entry.graph_index for entry in model.signatures}
    return replace(model, graphs=model.graphs[: max(entered) + 1])


__all__ = ["NAME", "PLAIN_NAME", "State", "StatesInHead", "state_in_head"]
