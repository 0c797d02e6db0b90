"""The first operator of a model that is fed by rows: it reads each row of the input once, in order."""

from dataclasses import dataclass, replace

from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.fit.kept_state import kept_in_tail
from arenafit.ir import Editor, Feed, Graph, Model, Op, Options, Tensor, TensorId, feed_of
from arenafit.ops.rows import Pointwise
from arenafit.rewrites._bitcasts import is_view
from arenafit.rewrites._sites import Site
from arenafit.streaming import Schedule, geometry

_RANK = 4
NO_ROWS = (
    "cannot be fed by rows: its first operators look at the whole input at once; fit it without --feed, or name another"
    " input as --feed rows:NAME"
)
_BATCHED = "cannot be fed by rows: its input is a batch of {} images; convert with batch 1, or fit it without --feed"
NO_LOOP = (
    "cannot be fed by rows: no loop that begins with rows of the input was found: its first operators may look at all"
    " of it at once, or the effort was used up; fit it without --feed, or with a greater --effort"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A model whose operator 0 alone reads the input that is fed, row by row.

    `port` is that input, number `position`; in the original it has `frame_shape`.
    """

    model: Model
    port: TensorId
    position: int
    frame_shape: tuple[int, ...]


def chosen_input(model: Model, name: str | None) -> int:
    """Return the position of the input to feed: the one named, or the largest.

    Raises:
        ConfigError: if no input has the name.
    """
    inputs = [model.main.tensor(tensor) for tensor in model.main.inputs]
    if not inputs:
        raise ConfigError("the model has no input that could be fed by rows")
    if name is None:
        return max(range(len(inputs)), key=lambda position: (inputs[position].size_bytes, -position))
    found = next((position for position, tensor in enumerate(inputs) if tensor.name == name), None)
    if found is None:
        known = ", ".join(f"'{tensor.name}'" for tensor in inputs)
        raise ConfigError(f"--feed rows:{name}: the model has no such input; it has {known}")
    return found


def demand_feedable(model: Model, name: str | None, source: str) -> None:
    """Refuse a model that keeps state, which would go on with every Invoke, or whose input has no rows.

    Raises:
        UnsupportedModelError: if it does.
        ConfigError: if it has no input of that name.
    """
    position = chosen_input(model, name)
    if entry(model, position) is None:
        port = model.main.tensor(model.main.inputs[position])
        batched = len(port.shape) == _RANK and port.shape[0] > 1
        raise UnsupportedModelError(f"{source}: {_BATCHED.format(port.shape[0]) if batched else NO_ROWS}")
    kept = kept_in_tail(model)
    if kept is not None:
        raise UnsupportedModelError(f"{source}: cannot be fed by rows: {kept}; fit it without --feed")


def demand_whole_inputs(model: Model, source: str) -> None:
    """Refuse a model that is fed by rows: what it keeps from Invoke to Invoke must stay where it is.

    Raises:
        UnsupportedModelError: if it is.
    """
    if feed_of(model) is not None:
        raise UnsupportedModelError(
            f"{source}: is fed by rows, what it keeps between Invokes has its place: work on the model it was made of"
        )


def entry(model: Model, position: int) -> Entry | None:
    """Return `model` with its input number `position` read by the first operator alone; None if it has no rows.

    Reshapes that stand at the beginning are read through: the input takes the shape that they give it.
    """
    editor, graph = Editor(model), model.main
    port = graph.tensor(graph.inputs[position])
    site, passed, shown = Site(model, 0), list[Op](), port
    while True:
        readers = graph.uses.get(shown.id, ())
        if len(readers) != 1 or shown.id in graph.outputs or not is_view(site, readers[0]):
            break
        passed.append(readers[0])
        shown = graph.tensor(readers[0].outputs[0])
    if len(shown.shape) != _RANK or shown.shape[0] != 1 or not graph.uses.get(shown.id) or shown.id in graph.outputs:
        return None
    editor.update_tensor(replace(port, shape=shown.shape, shape_signature=None))
    gone = {op.id for op in passed}
    rest = [op for op in editor.ops() if op.id not in gone]
    first = _reading_rows(graph, shown) if not passed else None
    if first is None:
        whole = shown.id
        if not passed:
            whole = editor.add_tensor(f"{port.name}_rows", port.dtype, port.shape, quant=port.quant)
            editor.rename_uses({port.id: whole}, outputs=False)
            rest = list(editor.ops())
        options = Options("ReshapeOptions", (("new_shape", shown.shape),))
        first = editor.make_op("RESHAPE", (port.id,), (whole,), options)
    editor.set_schedule(_fed_first(graph, first, rest))
    editor.prune_tensors()
    return Entry(editor.build(), port.id, position, port.shape)


def _reading_rows(graph: Graph, port: Tensor) -> Op | None:
    """Return the operator that alone reads the input, row by row, if it is such."""
    readers = graph.uses[port.id]
    op = readers[0]
    if len(readers) != 1 or op.inputs.count(port.id) != 1 or port.id in graph.outputs:
        return None
    others = (operand for operand in op.operands if operand != port.id)
    alone = all(graph.tensor(operand).is_constant for operand in others)
    return op if alone and all(isinstance(geometry(graph, op, axis), Pointwise) for axis in (1, 2)) else None


def _fed_first(graph: Graph, first: Op, rest: list[Op]) -> list[Op]:
    """Return the operators with what hangs on the input alone before all others."""
    made = set(first.outputs)
    early, late = [first], list[Op]()
    for op in rest:
        if op.id == first.id:
            continue
        known = (
            operand in made or (operand in graph.by_id and graph.by_id[operand].is_constant) for operand in op.operands
        )
        if op.operands and all(known):
            early.append(op)
            made.update(op.outputs)
        else:
            late.append(op)
    return [*early, *late]


def contract(found: Entry, schedule: Schedule, padding: float | None) -> Feed:
    """Return how a loop of `schedule` wants the input fed."""
    port = found.model.main.tensor(found.port)
    read = next(read for read in schedule.reads if read.tensor == schedule.fed)
    rows = port.shape[schedule.axis]
    elements = port.elements // rows
    return Feed(found.position, found.frame_shape, rows, elements, read.rows, schedule.trips, read.start, padding)
