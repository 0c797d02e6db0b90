"""What rewrites ask of a model: which graph an operator stands in, who reads a tensor, which tensors must stay."""

from dataclasses import dataclass, replace
from functools import cached_property

from arenafit import ops
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Editor, Graph, Model, Op, OpId, Tensor, TensorId, holds_plain_data

# Members of the schema's enums, as the options hold them.
SAME, VALID = 0, 1
NO_ACTIVATION = 0


@dataclass(frozen=True)
class Site:
    """One graph of a model, with the answers a rewrite needs about it."""

    model: Model
    index: int

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self.model.graphs[self.index]

    @cached_property
    def named(self) -> frozenset[TensorId]:
        """The tensors the outside names: inputs and outputs of the graph, arguments of signatures."""
        arguments = (entry for signature in self.model.signatures for entry in (*signature.inputs, *signature.outputs))
        return frozenset({*self.graph.inputs, *self.graph.outputs, *(tensor for _, tensor in arguments)})

    def reader(self, tensor: TensorId) -> Op | None:
        """Return the one operator that reads `tensor`, as one operand; None if others or the outside read it too."""
        readers = self.graph.uses.get(tensor, ())
        if len(readers) != 1 or tensor in self.named or readers[0].inputs.count(tensor) != 1:
            return None
        return readers[0]

    def constant(self, op: Op, position: int) -> Tensor | None:
        """Return the constant at `position` of the inputs of `op`, None if there is no dense one there."""
        operand = op.inputs[position] if position < len(op.inputs) else None
        tensor = None if operand is None else self.graph.tensor(operand)
        return tensor if tensor is not None and holds_plain_data(tensor) else None

    def input(self, op: Op, position: int = 0) -> Tensor:
        """Return the input of `op` at `position`.

        Raises:
            UnsupportedModelError: if it is left out; no kernel would run such an operator.
        """
        operand = op.inputs[position] if position < len(op.inputs) else None
        if operand is None:
            raise UnsupportedModelError(f"graph {self.index}: {op.name} (operator {op.id}) has no input {position}")
        return self.graph.tensor(operand)

    def output(self, op: Op) -> Tensor:
        """Return the first output of `op`.

        Raises:
            UnsupportedModelError: if it has none.
        """
        if not op.outputs:
            raise UnsupportedModelError(f"graph {self.index}: {op.name} (operator {op.id}) has no output")
        return self.graph.tensor(op.outputs[0])


def sites(model: Model) -> tuple[Site, ...]:
    """Return every graph of `model`; none if its offline plan makes tensors views of each other's bytes.

    In such a model (valid for TFLM alone) what an operator reads does not follow from the graph, so nothing in it may
    be changed.
    """
    if model.offline_plan is not None and any(_has_views(graph) for graph in model.graphs):
        return ()
    return tuple(Site(model, index) for index in range(len(model.graphs)))


def locate(model: Model, op_id: OpId) -> tuple[Site, Op]:
    """Return the graph that operator `op_id` stands in, and the operator.

    Raises:
        UnsupportedModelError: if the model has no such operator.
    """
    for index, graph in enumerate(model.graphs):
        for op in graph.ops:
            if op.id == op_id:
                return Site(model, index), op
    raise UnsupportedModelError(f"the model has no operator {op_id}: the move was made for another model")


def _has_views(graph: Graph) -> bool:
    written = {*graph.inputs, *graph.producers}
    for op in graph.ops:
        if set(op.operands) & set(op.outputs) or (op.subgraphs and not op.operands):
            return True
        read = (graph.tensor(operand) for operand in op.operands if operand not in written)
        if any(not (tensor.is_constant or tensor.is_variable) for tensor in read):
            return True
    return False


def edit(model: Model) -> Editor:
    """Return an editor of `model` without its offline plan, which holds for the lifetimes of the present graph only."""
    editor = Editor(model)
    editor.set_offline_plan(None)
    return editor


def acts(op: Op) -> bool:
    """Whether `op` does something that neither its outputs nor the variables among its operands show."""
    operator = ops.find(op.code)
    return not op.outputs or operator is None or operator.custom or operator.has_effect or bool(op.subgraphs)


def has_effect(site: Site, op: Op) -> bool:
    """Whether `op` does something that its outputs do not show, so that it must run, and in its place."""
    if acts(op):
        return True
    # A variable keeps what is written to it.
    return any(site.graph.tensor(tensor).is_variable for tensor in (*op.operands, *op.outputs))


def bypass(editor: Editor, site: Site, op: Op) -> None:
    """Take `op` out and let the readers of its output read its input instead.

    Should the output be named from outside, the input takes over its identity: whoever wrote it writes the output.
    """
    source, result = site.input(op).id, op.outputs[0]
    remaining = [present for present in editor.ops(site.index) if present.id != op.id]
    editor.set_schedule(remaining, site.index)
    if result not in site.named:
        editor.rename_uses({result: source}, site.index)
        return
    editor.rename_uses({source: result}, site.index)
    for present in editor.ops(site.index):
        if source in present.outputs:
            outputs = tuple(result if output == source else output for output in present.outputs)
            editor.update_op(replace(present, outputs=outputs), site.index)


def can_bypass(site: Site, op: Op) -> bool:
    """Whether `bypass` keeps every tensor that the outside names, and its writer."""
    source, result = site.input(op).id, op.outputs[0]
    if result not in site.named:
        return True
    produced = source in site.graph.producers and len(site.graph.producers[source].outputs) == 1
    return source not in site.named and produced
