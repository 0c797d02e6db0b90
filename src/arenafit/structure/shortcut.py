"""A residual addition left out: what it added lives no longer than its own readers."""

from collections.abc import Iterator

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op, TensorId
from arenafit.structure._base import OnOperator, output_of


class Shortcut(OnOperator):
    """``add#7.shortcut=none``."""

    name = "shortcut"
    key = "shortcut"

    def values(self, graph: Graph, op: Op) -> Iterator[tuple[str, str]]:
        """Yield the change for an addition one side of which was made of the other."""
        if _branch(graph, op) is not None:
            yield "none", "without the residual addition"

    def edit(self, model: Model, op: Op, value: str) -> Model:
        """Return the model with the branch alone."""
        branch = _branch(model.main, op)
        if branch is None or value != "none":
            raise UnsupportedModelError("the value is 'none', and it must be an addition past other operators")
        editor = Editor(model)
        editor.set_schedule([found for found in model.main.ops if found.id != op.id])
        editor.rename_uses({op.outputs[0]: branch})
        return editor.build()


def _branch(graph: Graph, op: Op) -> TensorId | None:
    """Return the side of the addition that was computed of the other."""
    if op.name != "ADD" or len(op.operands) != 2 or op.outputs[0] in graph.outputs:
        return None
    sides = [graph.by_id[operand] for operand in op.operands]
    if any(side.is_constant or side.shape != output_of(graph, op).shape for side in sides):
        return None
    for kept, passed in ((0, 1), (1, 0)):
        if sides[passed].id != sides[kept].id and _comes_of(graph, sides[kept].id, sides[passed].id):
            return sides[kept].id
    return None


def _comes_of(graph: Graph, tensor: TensorId, ancestor: TensorId) -> bool:
    pending, seen = [tensor], set()
    while pending:
        found = pending.pop()
        if found == ancestor:
            return True
        maker = graph.producers.get(found)
        if found not in seen and maker is not None:
            seen.add(found)
            pending += maker.operands
    return False


CHANGE = Shortcut()
