"""For TFLM alone: operators that a plan turns into copies onto themselves are dropped, their results left as views.

TFLM takes a tensor that no operator makes for what stands in memory at its offline offset (measured on the stock
runtime; desktop LiteRT refuses such graphs). A WHILE needs no operand whose place in main graph, condition and body is
one and the same. Scratch buffers are planned by lifetimes that know nothing of views, so one tensor over all of a
loop's memory stays in its signature as a guard.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Editor, Graph, Model, Op, OpId, Plain, TensorId
from arenafit.layout.alias_sets import contiguous_slice_bytes, contiguous_store_bytes, contiguous_update_bytes
from arenafit.rewrites.protocol import Move, Validity

Offsets = Mapping[TensorId, int]

_NO_LIMITS = (0, 1 << 62)
# Whether there are guards, whether views in the main graph.
_FORMS = ((False, True), (True, True), (True, False))


class ElideCopies:
    """Offers to drop, all at once, the operators that the model's own offline plan makes superfluous."""

    name = "elide_copies"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield moves from the boldest to the most careful: without guards, with them, views in nested graphs only."""
        if model.offline_plan is None:
            return
        where = tuple(_superfluous(model, model.offline_plan))
        plan = model.offline_plan
        whiles = [op for op in model.main.ops if op.name == "WHILE"]
        loops = tuple(op.id for op in whiles if _removable(model, op, plan) or _works_on_views(model, op))
        if not where and not loops:
            return
        for guard, in_main in _FORMS:
            note = _note(len(where), on_views=bool(loops))
            parameters = (("guard", guard), ("in_main", in_main))
            yield Move(self.name, (*where, *loops), parameters, validity=Validity.TFLM, note=note)

    def keeping(self, model: Model, move: Move, kept: Collection[OpId]) -> Move:
        """Return the move with some of the operators left where they are."""
        where = tuple(op for op in move.where if op not in kept)
        loops = [op for op in where if model.ops[op].name == "WHILE"]
        note = _note(len(where) - len(loops), on_views=bool(loops))
        return replace(move, where=where, parameters=(*move.parameters, ("kept", tuple(kept))), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model without those operators; `guard_bytes` in the move says where guards begin and end.

        Operators that `kept` in the move names stay.

        Raises:
            UnsupportedModelError: if the model has no offline plan.
        """
        plan = model.offline_plan
        if plan is None:
            raise UnsupportedModelError("copies can only be left out of a model with an offline plan")
        editor = Editor(model)
        offsets = dict(plan)
        chosen = dict(move.parameters)
        kept = chosen.get("kept", ())
        in_main = frozenset() if chosen.get("in_main", True) else {op.id for op in model.main.ops}
        for op_id in _superfluous(model, plan):
            if op_id not in in_main and not (isinstance(kept, tuple) and op_id in kept):
                _drop(editor, model, op_id)
        limits = chosen.get("guard_bytes", _NO_LIMITS)
        guard = limits if chosen.get("guard", True) and isinstance(limits, tuple) else None
        for op in [op for op in model.main.ops if op.name == "WHILE"]:
            _shorten(editor, model, op, offsets, guard=guard)
        _drop_unread_fills(editor)
        editor.set_offline_plan(offsets)
        editor.prune_tensors()
        return _unified(editor.build())


def _note(copies: int, *, on_views: bool) -> str:
    left_out = [f"{copies} copies onto themselves left out"] if copies else []
    return ", ".join((*left_out, *(["loops work on views"] if on_views else [])))


def _superfluous(model: Model, offsets: Offsets) -> Iterator[OpId]:
    for graph in model.graphs:
        for op in graph.ops:
            rule = _RULES.get(op.name)
            if rule is not None and not set(op.outputs) & set(graph.outputs) and rule(graph, op, offsets):
                yield op.id


def _at(offsets: Offsets, tensor: TensorId | None) -> int | None:
    return None if tensor is None else offsets.get(tensor)


def _same_place(graph: Graph, op: Op, offsets: Offsets) -> bool:
    source = graph.inputs_of(op)[0]
    here = _at(offsets, op.outputs[0])
    if source is not None and source.id in op.outputs:
        return False  # it is there to name the tensor
    return source is not None and not source.is_constant and here is not None and here == _at(offsets, source.id)


def _joined_in_place(graph: Graph, op: Op, offsets: Offsets) -> bool:
    output = graph.tensor(op.outputs[0])
    at = _at(offsets, output.id)
    axis = int(op.options["axis"]) % len(output.shape) if op.options else 0
    if at is None or any(extent != 1 for extent in output.shape[:axis]):
        return False
    for operand in graph.inputs_of(op):
        if operand is None or operand.is_constant or _at(offsets, operand.id) != at:
            return False
        at += operand.size_bytes
    return True


def _sliced_in_place(graph: Graph, op: Op, offsets: Offsets) -> bool:
    distance = contiguous_slice_bytes(graph, op)
    source, here = _at(offsets, op.inputs[0]), _at(offsets, op.outputs[0])
    return distance is not None and source is not None and here == source + distance


def _split_in_place(graph: Graph, op: Op, offsets: Offsets) -> bool:
    source = graph.inputs_of(op)[0]
    if source is None or len(source.shape) != 1:
        return False
    at = _at(offsets, source.id)
    for output in graph.outputs_of(op):
        if at is None or _at(offsets, output.id) != at:
            return False
        at += output.size_bytes
    return True


def _updated_in_place(graph: Graph, op: Op, offsets: Offsets) -> bool:
    distance = contiguous_update_bytes(graph, op)
    operand, rows, here = (_at(offsets, tensor) for tensor in (*op.inputs[:2], op.outputs[0]))
    return distance is not None and here is not None and operand == here and rows == here + distance


def _stored_in_place(graph: Graph, op: Op, offsets: Offsets) -> bool:
    distance = contiguous_store_bytes(graph, op)
    rows, here = _at(offsets, op.inputs[0]), _at(offsets, op.outputs[0])
    return distance is not None and here is not None and rows == here + distance


_RULES: Mapping[str, Callable[[Graph, Op, Offsets], bool]] = {
    "RESHAPE": _same_place,
    "SQUEEZE": _same_place,
    "EXPAND_DIMS": _same_place,
    "CONCATENATION": _joined_in_place,
    "SLICE": _sliced_in_place,
    "SPLIT_V": _split_in_place,
    "DYNAMIC_UPDATE_SLICE": _updated_in_place,
    "BATCH_TO_SPACE_ND": _stored_in_place,
}


def _drop(editor: Editor, model: Model, op_id: OpId) -> None:
    for index in range(len(model.graphs)):
        kept = [op for op in editor.ops(index) if op.id != op_id]
        if len(kept) != len(editor.ops(index)):
            editor.set_schedule(kept, index)


def _works_on_views(model: Model, op: Op) -> bool:
    """Whether the graphs of a loop name tensors that nobody makes."""
    return any(
        not tensor.is_constant and tensor.id not in graph.producers and tensor.id not in graph.inputs
        for graph in (model.graphs[index] for index in op.subgraphs)
        for tensor in graph.tensors
    )


def _removable(model: Model, op: Op, offsets: Offsets) -> list[int]:
    """Positions in a loop's signature whose tensors all stand at one place, so that nothing is ever copied."""
    cond, body = (model.graphs[index] for index in op.subgraphs)
    found = []
    for position, (before, after) in enumerate(zip(op.inputs, op.outputs, strict=True)):
        if before is None or model.main.tensor(before).is_constant or after in model.main.outputs:
            continue
        places = (before, after, cond.inputs[position], body.inputs[position], body.outputs[position])
        if len({offsets.get(tensor) for tensor in places}) == 1 and offsets.get(after) is not None:
            found.append(position)
    return found


def _shorten(
    editor: Editor, model: Model, op: Op, offsets: dict[TensorId, int], *, guard: tuple[Plain, ...] | None
) -> None:
    """Take what needs no copying out of a loop's signature; put a guard over its memory in, between these limits."""
    removed = set(_removable(model, op, offsets))
    cond_index, body_index = op.subgraphs
    cond, body = model.graphs[cond_index], model.graphs[body_index]

    def kept(tensors: Iterable[TensorId | None]) -> list[TensorId]:
        return [item for position, item in enumerate(tensors) if position not in removed and item is not None]

    inputs, outputs = kept(op.inputs), kept(op.outputs)
    cond_inputs, body_inputs, body_outputs = kept(cond.inputs), kept(body.inputs), kept(body.outputs)
    if guard is not None:
        first, limit = (item for item in guard if isinstance(item, int))
        size = max(1, min(_memory_bytes(model, (cond_index, body_index), offsets), limit) - first)
        made = [editor.add_tensor("memory", DType.INT8, (size,), graph=index) for index in (0, cond_index, body_index)]
        offsets.update(dict.fromkeys(made, first))
        inputs.append(made[0])
        outputs.append(made[0])
        cond_inputs.append(made[1])
        body_inputs.append(made[2])
        body_outputs.append(made[2])
    editor.update_op(replace(op, inputs=tuple(inputs), outputs=tuple(outputs)))
    editor.set_inputs(cond_inputs, cond_index)
    editor.set_inputs(body_inputs, body_index)
    editor.set_outputs(body_outputs, body_index)


def _memory_bytes(model: Model, graphs: Iterable[int], offsets: Offsets) -> int:
    ends = [
        offsets[tensor.id] + tensor.size_bytes
        for index in graphs
        for tensor in model.graphs[index].tensors
        if tensor.id in offsets
    ]
    return max(ends, default=0)


def _drop_unread_fills(editor: Editor) -> None:
    read = {operand for op in editor.ops() for operand in op.operands}
    kept = [op for op in editor.ops() if op.name not in ("FILL", "BROADCAST_TO") or op.outputs[0] in read]
    editor.set_schedule(kept)


def _unified(model: Model) -> Model:
    """Let tensors of one graph that describe the same bytes in the same way be one: TFLM keeps a record for each."""
    offsets = model.offline_plan or {}
    editor = Editor(model)
    named = {tensor for entry in model.signatures for _, tensor in (*entry.inputs, *entry.outputs)}
    for index, graph in enumerate(model.graphs):
        boundary = {*graph.inputs, *graph.outputs} | named
        first: dict[tuple[object, ...], TensorId] = {}
        same: dict[TensorId, TensorId] = {}
        for tensor in sorted(graph.tensors, key=lambda item: item.id not in boundary):
            if tensor.is_constant or tensor.is_variable or tensor.id not in offsets:
                continue
            key = (offsets[tensor.id], tensor.dtype, tensor.shape, tensor.quant)
            kept = first.setdefault(key, tensor.id)
            if kept != tensor.id and tensor.id not in boundary:
                same[tensor.id] = kept
        editor.rename_uses(same, index)
        for op in editor.ops(index):
            if any(output in same for output in op.outputs):
                editor.update_op(replace(op, outputs=tuple(same.get(output, output) for output in op.outputs)), index)
    editor.prune_tensors()
    return editor.build()


REWRITE = ElideCopies()
