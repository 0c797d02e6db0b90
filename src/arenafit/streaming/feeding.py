"""From a loop whose rows come from outside to a model that is fed: the loop's body becomes the main graph.

The application writes some rows and invokes; a trip of the loop is an Invoke. What stays from trip to trip stands in
the head, which TFLM touches in AllocateTensors alone (micro_interpreter.cc, micro_allocator.cc, 2026-08). Variables
begin the first frame; an IF runs the rest of the network in the last Invoke of a frame, at the end of which the
state is begun anew. The branch of the other Invokes is a graph without operators. As all of it is views, it is for
TFLM alone.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.errors import UnsupportedModelError
from arenafit.ir import (
    ROWS_METADATA,
    DType,
    Editor,
    Feed,
    Graph,
    Model,
    Op,
    OpCode,
    OpId,
    Options,
    Quant,
    Signature,
    Tensor,
    TensorId,
)  # fmt: skip
from arenafit.layout import Hints

# A variable costs a record in the tail; so many cost less than a graph that is run once.
_MOST_VARIABLES = 6


@dataclass(frozen=True, slots=True)
class FedLoop:
    """The loop that is to become the main graph: its WHILE, the rows in its body, and the contract.

    `begun_anew`: variables begin the first frame however many it takes, so that Reset() begins any.
    """

    loop: OpId
    rows: TensorId
    feed: Feed
    begun_anew: bool = False


def with_resets(model: Model, loop: OpId, hints: Hints) -> tuple[Model, Hints]:
    """Return the model with what the loop carries begun anew at the end of the main graph, and the hints for that.

    Raises:
        UnsupportedModelError: if something that no constant begins is carried.
    """
    editor = Editor(model)
    while_op = model.ops[loop]
    body = model.graphs[while_op.subgraphs[1]]
    tied = []
    for before, state in zip(while_op.operands, body.inputs, strict=True):
        tensor = body.tensor(state)
        if not model.main.tensor(before).is_constant:
            raise UnsupportedModelError(f"'{tensor.name}' is carried from row to row, and made by an operator at first")
        again = editor.add_tensor(f"{tensor.name}_again", tensor.dtype, tensor.shape, quant=tensor.quant)
        editor.append_op(_copy(editor, before, again, tensor.shape))
        tied.append((state, again, 0))
    return editor.build(), hints + Hints(tied=tuple(tied))


def _copy(editor: Editor, source: TensorId, target: TensorId, shape: tuple[int, ...]) -> Op:
    """Return a RESHAPE: it copies, unless both stand at one place (reshape.cc)."""
    return editor.make_op("RESHAPE", (source,), (target,), Options("ReshapeOptions", (("new_shape", shape),)))


def fed(model: Model, known: FedLoop, planned: Model, *, outputs_held: bool = False) -> Model:
    """Return the planned `model` with the body of its first loop as the main graph, and the contract in its metadata.

    `planned` is the model before copies were left out, in which the rows that are fed still have a tensor.
    `outputs_held`: what the last Invoke makes for the application is named once more at its end, as TFLM, which knows
    no output of the branch, may else put scratch buffers of later operators there.

    Raises:
        UnsupportedModelError: if the model has no plan, or the loop's condition computes something.
    """
    return _Turning(model, known, planned, outputs_held).made()


class _Turning:
    """Turns one model inside out; every tensor keeps its place."""

    def __init__(self, model: Model, known: FedLoop, planned: Model, outputs_held: bool) -> None:
        if model.offline_plan is None or planned.offline_plan is None:
            raise UnsupportedModelError("only a model with an offline plan can be fed by rows")
        self.model = model
        self.known = known
        self.outputs_held = outputs_held
        self.rows, self.place = planned.tensors[known.rows], planned.offline_plan[known.rows]
        self.plan = dict(model.offline_plan)
        self.loop = model.ops[known.loop]
        self.cond_index, self.body_index = self.loop.subgraphs
        self.body = model.graphs[self.body_index]
        self._next_tensor = max(model.tensors) + 1
        self._next_op = max(model.ops) + 1
        self.tensors: dict[TensorId, Tensor] = dict(self.body.by_id)
        self.states: list[tuple[Tensor, Tensor]] = []  # what is carried, with its first content

    def made(self) -> Model:
        """Return the model."""
        cond = self.model.graphs[self.cond_index]
        if cond.ops:
            raise UnsupportedModelError("the condition of a loop that is fed by rows must be a byte of its state")
        goes_on = cond.tensor(cond.outputs[0])
        self.tensors[goes_on.id] = goes_on
        ops = [*self.body.ops, *self._carried()]
        begun, once = self._begun(goes_on)
        branches = (("then_subgraph_index", self.body_index), ("else_subgraph_index", self.cond_index))
        ops = [*once, *ops, self._op("IF", (goes_on.id,), (), Options("IfOptions", branches))]
        old = self.model.main
        inputs = tuple(self._entering(position, tensor) for position, tensor in enumerate(old.inputs))
        outputs = tuple(self._view(old.tensor(tensor)) for tensor in old.outputs)
        main = Graph(tuple(self.tensors.values()), tuple(ops), inputs, outputs, old.name, old.extras)
        rest = self._rest()
        graphs = list(self.model.graphs)
        graphs[0], graphs[self.cond_index] = main, rest
        graphs[self.body_index] = Graph((), (), (), (), "next_rows")
        graphs += begun
        moved = dict(zip((*old.inputs, *old.outputs), (*inputs, *outputs), strict=True))
        metadata = tuple(entry for entry in self.model.metadata if entry[0] != ROWS_METADATA)
        turned = replace(
            self.model,
            graphs=tuple(graphs),
            offline_plan=self.plan,
            signatures=tuple(_renamed(entry, moved) for entry in self.model.signatures),
            metadata=(*metadata, (ROWS_METADATA, self.known.feed.packed())),
        )
        editor = Editor(turned)
        editor.prune_tensors(keep=lambda tensor: tensor.is_variable)
        return editor.build()

    def _rest(self) -> Graph:
        """Return what the last Invoke runs after the rows: the old main graph without its loop."""
        old = self.model.main
        ops = [op for op in old.ops if op.id != self.loop.id]
        tensors = list(old.tensors)
        # What comes after the last that computes something puts constants where states begin.
        computing = [op for op in ops if any(not old.tensor(tensor).is_constant for tensor in op.operands)]
        early = [tensor for tensor in old.outputs if self.outputs_held and tensor not in computing[-1].outputs]
        for tensor in map(old.tensor, dict.fromkeys(early)):
            again = replace(tensor, id=self._new_tensor())
            self.plan[again.id] = self.plan[tensor.id]
            tensors.append(again)
            ops.append(self._copy(tensor.id, again.id, tensor.shape))
        return replace(old, tensors=tuple(tensors), ops=tuple(ops), inputs=(), outputs=(), name="rest")

    def _carried(self) -> Iterable[Op]:
        """Copies of what the WHILE copied, and a guard over memory where there is one; notes how states begin."""
        copies, guards = [], []
        for before, state, left in zip(self.loop.operands, self.body.inputs, self.body.outputs, strict=True):
            first, tensor = self.model.main.tensor(before), self.body.tensor(state)
            if not first.is_constant:
                # Named at the end, it is kept from the start on: TFLM puts no scratch buffer there meanwhile.
                guards.append(self._copy(state, self._view(tensor), tensor.shape))
                continue
            if left != state and self.plan.get(left) != self.plan.get(state):
                copies.append(self._copy(left, state, tensor.shape))
            self.states.append((tensor, first))
        return (*copies, *guards)

    def _begun(self, goes_on: Tensor) -> tuple[list[Graph], list[Op]]:
        """Return what begins the first frame: a graph, run by an operator; neither where variables do.

        TFLM sets a variable to its zero point in AllocateTensors, and in MicroInterpreter::Reset().
        """
        runs = self._runs(goes_on)
        if len(runs) <= _MOST_VARIABLES or self.known.begun_anew:
            for first, size, value in runs:
                made = self._new_tensor()
                name, quant = f"first_{value}_at_{first}", Quant((1.0,), (value,))
                self.tensors[made] = Tensor(made, name, DType.INT8, (size,), quant, is_variable=True)
                self.plan[made] = first
            return [], []
        tensors: list[Tensor] = []
        ops: list[Op] = []
        for state, first_content in self.states:
            constant, target = replace(first_content, id=self._new_tensor()), replace(state, id=self._new_tensor())
            self.plan[target.id] = self.plan[state.id]
            tensors += [constant, target]
            ops.append(self._copy(constant.id, target.id, state.shape))
        options = Options("CallOnceOptions", (("init_subgraph_index", len(self.model.graphs)),))
        return [Graph(tuple(tensors), tuple(ops), (), (), "first_frame")], [self._op("CALL_ONCE", (), (), options)]

    def _runs(self, goes_on: Tensor) -> list[tuple[int, int, int]]:
        """Return where in the head bytes of one value begin, how many, and the value: of all that is carried.

        Bytes that no operator names are left out, and join runs of whatever value.
        """
        carriers = {state.id for state, _ in self.states}
        named = [
            (self.plan[tensor.id], self.plan[tensor.id] + tensor.size_bytes)
            for tensor in self.body.tensors
            if tensor.id in self.plan and not self._is_raw(tensor, carriers)
        ]
        runs: list[tuple[int, int, int]] = []
        for state, content in sorted(self.states, key=lambda pair: self.plan[pair[0].id]):
            place = self.plan[state.id]
            values = np.frombuffer(b"" if content.data is None else content.data.data, np.int8)
            known = np.zeros(values.size, np.bool_) if self._is_raw(state, set()) else np.ones(values.size, np.bool_)
            for first, end in named:
                known[max(0, first - place) : max(0, end - place)] = True
            at = self.plan[goes_on.id] - place
            values = np.where(np.arange(values.size) == at, 0, values)  # the first trip makes it anew
            runs += _one_value_each(values, known, place)
        return runs

    def _is_raw(self, tensor: Tensor, carriers: Container[TensorId]) -> bool:
        """Whether a tensor of the body only stands for bytes that others name."""
        flat = tensor.dtype is DType.INT8 and max(tensor.shape, default=0) == tensor.elements and tensor.quant is None
        return tensor.id in carriers or flat

    def _entering(self, position: int, tensor: TensorId) -> TensorId:
        """Return the main graph's input in place of one of the model's."""
        original = self.model.main.tensor(tensor)
        if position != self.known.feed.position:
            return self._view(original)
        same = next((item.id for item in self.tensors.values() if self._stands_for_rows(item)), self.rows.id)
        self.tensors[same] = replace(self.rows, id=same, name=original.name)
        self.plan[same] = self.place
        return same

    def _stands_for_rows(self, tensor: Tensor) -> bool:
        """Whether a tensor that no operator makes shows the rows as they are fed."""
        alike = (tensor.dtype, tensor.shape, tensor.quant) == (self.rows.dtype, self.rows.shape, self.rows.quant)
        return alike and self.plan.get(tensor.id) == self.place and tensor.id not in self.body.producers

    def _view(self, tensor: Tensor) -> TensorId:
        """Return a tensor of the new main graph over one that was planned."""
        made = self._new_tensor()
        self.tensors[made] = replace(tensor, id=made)
        if tensor.id in self.plan:
            self.plan[made] = self.plan[tensor.id]
        return made

    def _new_tensor(self) -> TensorId:
        self._next_tensor += 1
        return TensorId(self._next_tensor - 1)

    def _op(self, name: str, inputs: tuple[TensorId, ...], outputs: tuple[TensorId, ...], options: Options) -> Op:
        self._next_op += 1
        return Op(OpId(self._next_op - 1), OpCode(name), inputs, outputs, options)

    def _copy(self, source: TensorId, target: TensorId, shape: tuple[int, ...]) -> Op:
        return self._op("RESHAPE", (source,), (target,), Options("ReshapeOptions", (("new_shape", shape),)))


def _one_value_each(values: NDArray[Any], known: NDArray[np.bool_], place: int) -> list[tuple[int, int, int]]:
    places = np.flatnonzero(known)
    found = values[places]
    changes = np.flatnonzero(found[1:] != found[:-1])
    begins, ends = np.append(0, changes + 1), np.append(changes, found.size - 1)
    spans = zip(begins.tolist(), ends.tolist(), strict=True)
    whole = [(int(places[first]), int(places[last]), int(found[first])) for first, last in spans] if found.size else []
    return [(place + first, last + 1 - first, value) for first, last, value in whole]


def _renamed(entry: Signature, moved: dict[TensorId, TensorId]) -> Signature:
    if entry.graph_index != 0:
        return entry
    sides = [
        tuple((name, moved.get(tensor, tensor)) for name, tensor in side) for side in (entry.inputs, entry.outputs)
    ]
    return replace(entry, inputs=sides[0], outputs=sides[1])


__all__ = ["FedLoop", "fed", "with_resets"]
