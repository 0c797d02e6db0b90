"""Operators on signals are put on one axis, so that the reshapes between them vanish.

A signal of W steps stands in a model as (N, W, C), as (N, 1, W, C) or as (N, W, 1, C), the same bytes each time: Keras
runs Conv1D on the second and MaxPooling1D on the third form, with reshapes in between. A connected run of operators in
one form is rewritten for another wherever that takes more reshapes away than it adds. Besides the operators it saves,
what is left can be streamed as a whole.

It costs nothing: convolutions keep their form, so that no library runs them by another kernel than before, and the
others take the same time and memory in every form.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Model, Op, OpId, Options, Tensor, TensorId
from arenafit.ops.facts import MovedAxes
from arenafit.rewrites._axis_permutation import RANK, SWAPPED, Places, broadcasts_alike, moved, placed_shape
from arenafit.rewrites._bitcasts import is_identity, is_view, reads_flat
from arenafit.rewrites._sites import Site, bypass, can_bypass, edit, locate, sites
from arenafit.rewrites.protocol import Move


@dataclass(frozen=True, slots=True)
class _Turn:
    """From which form to which: the shapes it takes, and where their axes go."""

    name: str
    takes: Callable[[Sequence[int]], bool]
    places: Places


_TURNS: Mapping[str, _Turn] = {
    turn.name: turn
    for turn in (
        _Turn("(N, W, 1, C) to (N, 1, W, C)", lambda shape: len(shape) == RANK and shape[2] == 1 < shape[1], SWAPPED),
        _Turn("(N, W, C) to (N, 1, W, C)", lambda shape: len(shape) == RANK - 1, (0, 2, 3)),
        _Turn("(N, W, C) to (N, W, 1, C)", lambda shape: len(shape) == RANK - 1, (0, 1, 3)),
        _Turn("(N, 1, W, C) to (N, W, 1, C)", lambda shape: len(shape) == RANK and shape[1] == 1 < shape[2], SWAPPED),
    )
}


class Canonicalize1d:
    """Offers a move per run of operators on signals that leaves fewer reshapes in another form."""

    name = "canonicalize_1d"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves, those that save most first; `turn` says from which form to which."""
        found = [(run, run.saved) for site in sites(model) for turn in _TURNS.values() for run in _runs(site, turn)]
        for run, saved in sorted(found, key=lambda entry: -entry[1]):
            if saved > 0:
                where = tuple(op.id for op in run.site.graph.ops if op.id in run.ops)
                names = ", ".join(dict.fromkeys(run.ops[op].name for op in where))
                note = f"{names} turned from {run.turn.name}, {saved} reshape{'s' if saved > 1 else ''} fewer"
                yield Move(self.name, where, (("turn", run.turn.name),), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the operators of `move` turned, and without the reshapes that then change nothing.

        Raises:
            UnsupportedModelError: if they cannot be turned, or nothing is saved by it.
        """
        site, first = locate(model, move.where[0])
        turn = _TURNS.get(str(dict(move.parameters).get("turn")))
        runs = () if turn is None else _runs(site, turn)
        run = next((found for found in runs if set(found.ops) == set(move.where)), None)
        if run is None or run.saved <= 0:
            raise UnsupportedModelError(f"{first.name} {first.id} and its neighbours cannot be turned")
        editor = edit(model)
        views = _rewire(editor, run)
        editor.prune_tensors()
        return _without_identities(editor.build(), views)


@dataclass(frozen=True)
class _Run:
    """Operators linked by tensors that `turn` takes; `changes` has an entry for each operator."""

    site: Site
    turn: _Turn
    ops: Mapping[OpId, Op]
    changes: Mapping[OpId, MovedAxes]

    @cached_property
    def tensors(self) -> frozenset[TensorId]:
        """The tensors whose shape changes."""
        touched = (tensor for op in self.ops.values() for tensor in (*op.operands, *op.outputs))
        return frozenset(tensor for tensor in touched if _taken(self.site, self.turn, tensor))

    @cached_property
    def views(self) -> tuple[Op, ...]:
        """The reshapes that read or write one of `tensors`; they follow at no cost."""
        return tuple(
            op
            for op in self.site.graph.ops
            if is_view(self.site, op) and op.id not in self.ops and self.tensors & {op.inputs[0], op.outputs[0]}
        )

    @property
    def saved(self) -> int:
        """How many reshapes fewer there will be."""
        gone = sum(
            self.shape(_source(op)) == self.shape(op.outputs[0]) and can_bypass(self.site, op) for op in self.views
        )
        return gone - sum(self.comes_from_outside(tensor) or self.goes_outside(tensor) for tensor in self.tensors)

    def shape(self, tensor: TensorId) -> tuple[int, ...]:
        """The shape after the turn."""
        shape = self.site.graph.tensor(tensor).shape
        return placed_shape(shape, self.turn.places) if tensor in self.tensors else shape

    def comes_from_outside(self, tensor: TensorId) -> bool:
        """Whether something that does not follow writes `tensor`, so that a reshape must come behind it."""
        producer = self.site.graph.producers.get(tensor)
        return producer is None or not self.follows(producer)

    def goes_outside(self, tensor: TensorId) -> bool:
        """Whether something that does not follow needs `tensor` in its old shape."""
        readers = self.site.graph.uses.get(tensor, ())
        return tensor in self.site.named or any(not self._reads_any_shape(reader, tensor) for reader in readers)

    def follows(self, op: Op) -> bool:
        """Whether `op` is turned, or a reshape beside what is turned."""
        return op.id in self.ops or op in self.views

    def reads_turned_flat(self, reader: Op) -> bool:
        """Whether `reader` asks for the elements only of a tensor that is turned where it is made."""
        source = reader.inputs[0] if reader.inputs else None
        alone = source in self.tensors and reader.operands.count(source) == 1
        return source is not None and alone and reads_flat(self.site, reader) and not self.comes_from_outside(source)

    def _reads_any_shape(self, reader: Op, tensor: TensorId) -> bool:
        return self.follows(reader) or (reader.inputs[0] == tensor and self.reads_turned_flat(reader))


def _source(view: Op) -> TensorId:
    source = view.inputs[0]
    if source is None:
        raise UnsupportedModelError(f"{view.name} {view.id} has no operand")
    return source


def _taken(site: Site, turn: _Turn, tensor_id: TensorId) -> bool:
    tensor = site.graph.tensor(tensor_id)
    return not tensor.is_constant and turn.takes(tensor.shape)


def _runs(site: Site, turn: _Turn) -> Iterator[_Run]:
    """Yield the largest runs: every operator that can be turned, with all it shares tensors with."""
    changes = {op.id: found for op in site.graph.ops if (found := _change(site, turn, op)) is not None}
    ops = {op.id: op for op in site.graph.ops if op.id in changes}
    left = dict(ops)
    while left:
        waiting = [next(iter(left.values()))]
        run: dict[OpId, Op] = {}
        while waiting:
            op = waiting.pop()
            if left.pop(op.id, None) is None:
                continue
            run[op.id] = op
            for tensor in (*op.operands, *op.outputs):
                if _taken(site, turn, tensor):
                    beside = (site.graph.producers.get(tensor), *site.graph.uses.get(tensor, ()))
                    waiting += [other for other in beside if other is not None and other.id in left]
        yield _Run(site, turn, run, {op: changes[op] for op in run})


def _change(site: Site, turn: _Turn, op: Op) -> MovedAxes | None:
    """Return what changes about `op`; None if it cannot be turned, or nothing about it would change."""
    activations = [operand for operand in op.operands if not site.graph.tensor(operand).is_constant]
    touched = [*activations, *op.outputs]
    if is_view(site, op) or not any(_taken(site, turn, tensor) for tensor in touched):
        return None
    # A tensor that this form knows nothing of must be broadcast alike.
    fit = all(_fits(turn, site.graph.tensor(tensor)) for tensor in touched)
    return moved(site, op, turn.places) if fit and _all_plain(site, touched) else None


def _fits(turn: _Turn, tensor: Tensor) -> bool:
    return turn.takes(tensor.shape) or broadcasts_alike(tensor.shape, turn.places)


def _all_plain(site: Site, tensors: Iterable[TensorId]) -> bool:
    found = [site.graph.tensor(tensor) for tensor in tensors]
    per_channel = any(tensor.quant is not None and len(tensor.quant.scales) > 1 for tensor in found)
    return not per_channel and not any(tensor.is_variable or min(tensor.shape, default=1) < 1 for tensor in found)


def _rewire(editor: Editor, run: _Run) -> list[OpId]:
    """Put the turned operators in place of the old ones; return the reshapes beside them."""
    site = run.site
    turned = {tensor: _turned_tensor(editor, run, tensor) for tensor in site.graph.by_id if tensor in run.tensors}
    schedule: list[Op] = []
    views: list[OpId] = []
    views_by_id = {view.id: view for view in run.views}
    waiting = {tensor for tensor in turned if run.comes_from_outside(tensor)}
    for op in site.graph.ops:
        if op.id in run.ops or op.id in views_by_id:
            early = [tensor for tensor in dict.fromkeys(op.operands) if tensor in waiting]
            waiting.difference_update(early)
            schedule += [_reshape(editor, site, tensor, turned[tensor]) for tensor in early]
        if op.id in run.ops:
            schedule.append(_turned_op(editor, run, op, turned))
        elif op.id in views_by_id:
            source, result = _source(op), op.outputs[0]
            made = _reshape(editor, site, turned.get(source, source), turned.get(result, result))
            schedule.append(replace(made, id=op.id))
            views.append(op.id)
        elif run.reads_turned_flat(op):
            schedule.append(replace(op, inputs=(turned[_source(op)], *op.inputs[1:])))
        else:
            schedule.append(op)
        late = [tensor for tensor in op.outputs if tensor in turned and run.follows(op) and run.goes_outside(tensor)]
        schedule += [_reshape(editor, site, turned[tensor], tensor) for tensor in late]
    editor.set_schedule(schedule, site.index)
    return views


def _turned_tensor(editor: Editor, run: _Run, tensor_id: TensorId) -> TensorId:
    tensor = run.site.graph.tensor(tensor_id)
    name = f"{tensor.name}/turned"
    return editor.add_tensor(name, tensor.dtype, run.shape(tensor_id), quant=tensor.quant, graph=run.site.index)


def _turned_op(editor: Editor, run: _Run, op: Op, turned: Mapping[TensorId, TensorId]) -> Op:
    change = run.changes[op.id]
    inputs = [turned.get(operand, operand) if operand is not None else None for operand in op.inputs]
    for position, values in change.constants.items():
        old = run.site.input(op, position)
        inputs[position] = editor.add_constant(old.name, values, quant=old.quant, graph=run.site.index)
    outputs = tuple(turned.get(output, output) for output in op.outputs)
    return replace(op, inputs=tuple(inputs), outputs=outputs, options=change.options)


def _reshape(editor: Editor, site: Site, source: TensorId, result: TensorId) -> Op:
    shape = editor.tensor(result, site.index).shape
    return editor.make_op("RESHAPE", [source], [result], Options("ReshapeOptions", (("new_shape", shape),)))


def _without_identities(model: Model, views: Sequence[OpId]) -> Model:
    for view in views:
        site, op = locate(model, view)
        if is_identity(site, op) and can_bypass(site, op):
            editor = edit(model)
            bypass(editor, site, op)
            editor.prune_tensors()
            model = editor.build()
    return model


REWRITE = Canonicalize1d()
