"""One repeated block less: operators whose output has the shape of what they begin with."""

from collections.abc import Iterator

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op
from arenafit.ops import Family, family_of
from arenafit.structure._base import OnOperator, source_of, whole_number

_LONGEST = 12


class Depth(OnOperator):
    """``dw#9.leave-out=2``: the operator and the ones behind it, so many in all."""

    name = "depth"
    key = "leave-out"

    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield the shortest run from `op` on that holds a convolution and can be left out."""
        maker = graph.producers.get(op.operands[0])
        if maker is not None and family_of(maker) is Family.DEPTHWISE and family_of(op) is Family.CONVOLUTION:
            return  # a pointwise convolution is the second half of a block
        for count in range(1, _LONGEST + 1):
            run = _run(graph, op, count)
            if run is not None and any(family_of(item) is Family.CONVOLUTION for item in run):
                names = " ".join(item.code.label for item in run)
                yield str(count), f"one block less: {names.lower()}"
                return

    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model without the operators."""
        graph = model.main
        run = _run(graph, op, whole_number(value, most=len(graph.ops)))
        if run is None:
            raise UnsupportedModelError(f"the {value} operators from there on do not end in the shape they begin with")
        gone = {item.id for item in run}
        editor = Editor(model)
        editor.set_schedule([item for item in graph.ops if item.id not in gone])
        editor.rename_uses({run[-1].outputs[0]: op.operands[0]})
        return editor.build()


def _run(graph: Graph, first: Op, count: int) -> list[Op] | None:
    """Return the run if nothing else reads what is inside, it reads nothing else, and its ends are alike."""
    start = next(index for index, op in enumerate(graph.ops) if op.id == first.id)
    run = list(graph.ops[start : start + count])
    if len(run) < count or any(len(op.outputs) != 1 or op.subgraphs for op in run):
        return None
    source, output = source_of(graph, first), graph.by_id[run[-1].outputs[0]]
    if source.is_constant or (source.shape, source.dtype) != (output.shape, output.dtype):
        return None
    if output.id in graph.outputs:
        return None
    inside = {op.id for op in run}
    made = {op.outputs[0] for op in run}
    for op in run:
        moving = [operand for operand in op.operands if not graph.by_id[operand].is_constant]
        if any(operand not in made and operand != source.id for operand in moving):
            return None
        closed = all(reader.id in inside for reader in graph.uses.get(op.outputs[0], ()))
        if op is not run[-1] and (not closed or op.outputs[0] in graph.outputs):
            return None
    return run


CHANGE = Depth()
