"""Where a model can be cut, and the models that cutting makes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from arenafit.errors import UnsupportedModelError
from arenafit.fit.kept_state import kept_in_tail
from arenafit.ir import OFFLINE_PLAN_METADATA, Graph, Model, Op, Tensor, TensorId
from arenafit.validity.provenance import METADATA as MADE_BY

_DESCRIBES_THE_WHOLE = ("TFLITE_METADATA", OFFLINE_PLAN_METADATA, MADE_BY)


@dataclass(frozen=True, slots=True)
class Waist:
    """A place in the main graph's schedule, before operator number `position`, where one tensor is alive."""

    position: int
    tensor: Tensor


def waists(model: Model) -> tuple[Waist, ...]:
    """Return every place between two operators of the main graph where all that comes later hangs on one tensor."""
    graph = model.main
    last = {operand: number for number, op in enumerate(graph.ops) for operand in op.operands}
    last |= dict.fromkeys(graph.outputs, len(graph.ops))
    alive = {tensor for tensor in graph.inputs if tensor in last}
    found: list[Waist] = []
    for position, op in enumerate(graph.ops[:-1], start=1):
        alive.update(output for output in op.outputs if output in last)
        alive = {tensor for tensor in alive if last[tensor] >= position}
        if len(alive) == 1:
            (tensor,) = alive
            # An input that nothing has worked on yet would be no shorter a part, only one more.
            if tensor not in graph.inputs:
                found.append(Waist(position, graph.tensor(tensor)))
    return tuple(found)


def state_in(model: Model) -> str | None:
    """Return in one clause what of `model` stays from one Invoke to the next; None if nothing does."""
    early = _read_before_made(model.main)
    return kept_in_tail(model) if early is None else f"tensor '{early.name}' is read before it is made"


def _read_before_made(graph: Graph) -> Tensor | None:
    made = set(graph.inputs)
    for op in graph.ops:
        for operand in op.operands:
            tensor = graph.tensor(operand)
            if operand not in made and not tensor.is_constant and operand in graph.producers:
                return tensor
        made.update(op.outputs)
    return None


def part_model(model: Model, begin: Waist | None, end: Waist | None) -> Model:
    """Return the operators of the main graph from one waist to another as a model of its own.

    Args:
        model: the whole model; its offline plan, signatures and description of inputs and outputs are left out.
        begin: what the part begins with; None: with the model's inputs.
        end: what it ends with; None: with the model's outputs.

    Raises:
        UnsupportedModelError: if the part would need something from before it.
    """
    main = model.main
    first, last = (0 if begin is None else begin.position), (len(main.ops) if end is None else end.position)
    inputs = main.inputs if begin is None else (begin.tensor.id,)
    outputs = main.outputs if end is None else (end.tensor.id,)
    ops_kept = main.ops[first:last]
    numbers = _graphs_reached(model, ops_kept)
    renumbered = {old: new for new, old in enumerate(numbers, start=1)}
    kept = _named(ops_kept, (*inputs, *outputs), main)
    graph = replace(
        main,
        tensors=tuple(tensor for tensor in main.tensors if tensor.id in kept),
        ops=tuple(_calling(op, renumbered) for op in ops_kept),
        inputs=inputs,
        outputs=outputs,
    )
    _must_be_whole(graph)
    others = (model.graphs[number] for number in numbers)
    called = tuple(replace(other, ops=tuple(_calling(op, renumbered) for op in other.ops)) for other in others)
    return replace(
        model,
        graphs=(graph, *called),
        offline_plan=None,
        signatures=(),
        metadata=tuple(entry for entry in model.metadata if entry[0] not in _DESCRIBES_THE_WHOLE),
    )


def _graphs_reached(model: Model, ops_kept: Iterable[Op]) -> tuple[int, ...]:
    found: set[int] = set()
    waiting = [number for op in ops_kept for number in op.subgraphs]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += [below for op in model.graphs[number].ops for below in op.subgraphs]
    return tuple(sorted(found))


def _calling(op: Op, renumbered: dict[int, int]) -> Op:
    """Return the operator with its graphs under their new numbers."""
    if op.options is None or not op.subgraphs:
        return op
    changed = {
        name: renumbered[value]
        for name, value in op.options.values
        if name.endswith("subgraph_index") and isinstance(value, int) and value in renumbered
    }
    return replace(op, options=op.options.with_values(**changed))


def _named(ops_kept: Iterable[Op], boundary: Iterable[TensorId], graph: Graph) -> set[TensorId]:
    named = set(boundary)
    for op in ops_kept:
        named.update(op.operands, op.outputs, op.intermediates)
    quants = [graph.tensor(tensor).quant for tensor in named]
    named.update(tensor for quant in quants if quant is not None for tensor in quant.tensors)
    return named


def _must_be_whole(graph: Graph) -> None:
    made = set(graph.inputs)
    for op in graph.ops:
        for operand in op.operands:
            if operand not in made and not graph.tensor(operand).is_constant:
                raise UnsupportedModelError(
                    f"a part cannot begin before {op.code.label} (operator {op.id}): it reads"
                    f" '{graph.tensor(operand).name}', which is made earlier"
                )
        made.update(op.outputs)
