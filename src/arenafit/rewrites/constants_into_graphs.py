"""Constants that an IF or a WHILE hands to its graphs become constants of these graphs.

A branch's input is a tensor of the arena into which the operator copies (tensorflow/lite/micro/kernels/if.cc and
while.cc, commit 90b983c2); a constant of the branch is read where it stands in the file. A loop's operand is constant
if the body hands it on as it came; what the loop makes of it is the constant, too.
"""

from collections.abc import Iterable
from dataclasses import replace

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Model, Op, Tensor, TensorId, holds_plain_data
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move

_BEFORE_OPERANDS = {"IF": 1, "WHILE": 0}


class ConstantsIntoGraphs:
    """Offers a move per IF or WHILE that is handed constants."""

    name = "constants_into_graphs"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the moves, each naming the operator; `operands` are positions in the graphs' inputs."""
        for site in sites(model):
            for op in site.graph.ops:
                found = _constants(site, op)
                if found:
                    one = "a constant" if len(found) == 1 else f"{len(found)} constants"
                    note = f"{one} handed to the graphs of {op.name} kept there"
                    yield Move(self.name, (op.id,), (("operands", tuple(found)),), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the constants in the graphs.

        Raises:
            UnsupportedModelError: if the operator is handed no such constants.
        """
        site, op = locate(model, move.where[0])
        found = _constants(site, op)
        if not found or dict(move.parameters).get("operands") != tuple(found):
            raise UnsupportedModelError(f"{op.name} {op.id} hands no such constants to graphs of its own")
        editor = edit(model)
        before = _BEFORE_OPERANDS[op.name]
        for index in op.subgraphs:
            _keep(editor, site, op, index, found)
        gone = {position + before for position in found}
        inputs = tuple(operand for position, operand in enumerate(op.inputs) if position not in gone)
        outputs = op.outputs
        if op.name == "WHILE":
            outputs = tuple(output for position, output in enumerate(op.outputs) if position not in found)
            known = {op.outputs[position]: op.inputs[position] for position in found}
            editor.rename_uses({after: source for after, source in known.items() if source is not None}, site.index)
            (op,) = (present for present in editor.ops(site.index) if present.id == op.id)
        editor.update_op(replace(op, inputs=inputs, outputs=outputs), site.index)
        editor.prune_tensors()
        return editor.build()


def _constants(site: Site, op: Op) -> list[int]:
    """Return the positions in the graphs' inputs of what may become constants of the graphs."""
    before = _BEFORE_OPERANDS.get(op.name)
    if before is None or not op.subgraphs or not _owns_graphs(site, op):
        return []
    if max(op.subgraphs) >= len(site.model.graphs):
        return []  # a damaged file
    graphs = [site.model.graphs[index] for index in op.subgraphs]
    count = len(op.inputs) - before
    if any(len(graph.inputs) != count for graph in graphs) or len(set(op.subgraphs)) != len(graphs):
        return []
    if op.name == "WHILE" and len(op.outputs) != count:
        return []
    found = [position for position in range(count) if _stays(site, op, position, before)]
    # Desktop LiteRT runs no loop without operands.
    return found if op.name == "IF" or len(found) < count else []


def _stays(site: Site, op: Op, position: int, before: int) -> bool:
    known = site.constant(op, position + before)
    if known is None or not holds_plain_data(known):
        return False
    graphs = [site.model.graphs[index] for index in op.subgraphs]
    seen = [graph.tensor(graph.inputs[position]) for graph in graphs]
    if any(not _is_alike(known, tensor) for tensor in seen):
        return False
    # Neither written nor handed out, but for a loop's body that hands it on.
    for graph, tensor in zip(graphs, seen, strict=True):
        own = graph.inputs.count(tensor.id) == 1 and tensor.id not in graph.producers
        handed = [place for place, output in enumerate(graph.outputs) if output == tensor.id]
        if not own or handed not in ([], [position]):
            return False
    if op.name != "WHILE":
        return all(tensor.id not in graph.outputs for graph, tensor in zip(graphs, seen, strict=True))
    body = graphs[-1]
    passes = position < len(body.outputs) and body.outputs[position] == seen[-1].id
    return passes and seen[0].id not in graphs[0].outputs and op.outputs[position] not in site.named


def _is_alike(known: Tensor, seen: Tensor) -> bool:
    return (known.dtype, known.shape) == (seen.dtype, seen.shape) and not seen.is_variable


def _owns_graphs(site: Site, op: Op) -> bool:
    """Whether nothing else runs the graphs of `op`, and nobody calls them from outside."""
    users = [other.id for graph in site.model.graphs for other in graph.ops if set(other.subgraphs) & set(op.subgraphs)]
    called = {entry.graph_index for entry in site.model.signatures}
    return users == [op.id] and not called & set(op.subgraphs) and 0 not in op.subgraphs


def _keep(editor: Editor, site: Site, op: Op, index: int, positions: list[int]) -> None:
    graph = site.model.graphs[index]
    for position in positions:
        known = site.constant(op, position + _BEFORE_OPERANDS[op.name])
        if known is not None:
            tensor = graph.tensor(graph.inputs[position])
            editor.update_tensor(replace(tensor, data=known.data, shape_signature=None), index)

    def left(tensors: Iterable[TensorId]) -> list[TensorId]:
        return [tensor for position, tensor in enumerate(tensors) if position not in positions]

    editor.set_inputs(left(graph.inputs), index)
    if op.name == "WHILE" and index == op.subgraphs[-1]:
        editor.set_outputs(left(graph.outputs), index)


REWRITE = ConstantsIntoGraphs()
