"""Checks a Model for consistency: ids known and unique, operands produced before they are read, indices in range."""

from collections.abc import Mapping

from arenafit.errors import UnsupportedModelError
from arenafit.ir.model import Graph, Model, Op, TensorId


def verify(model: Model) -> None:
    """Check `model`.

    A tensor that is read but neither produced, constant, variable nor an input is allowed: TFLM treats it as a view
    of memory at its offline offset. Reading before writing is not.

    Raises:
        UnsupportedModelError: naming the graph, operator and tensor of the first inconsistency.
    """
    if not model.graphs:
        raise UnsupportedModelError("the model has no graph")
    total = sum(len(graph.tensors) for graph in model.graphs)
    if len(model.tensors) != total:
        raise UnsupportedModelError("two tensors of the model share an id")
    if len(model.ops) != sum(len(graph.ops) for graph in model.graphs):
        raise UnsupportedModelError("two operators of the model share an id")
    for index, graph in enumerate(model.graphs):
        _verify_graph(graph, index, len(model.graphs))
        _verify_order(graph, index, model.offline_plan or {})
    for signature in model.signatures:
        if not 0 <= signature.graph_index < len(model.graphs):
            raise UnsupportedModelError(f"signature '{signature.key}' names graph {signature.graph_index}")
        known = model.graphs[signature.graph_index].by_id
        missing = next((name for name, tensor in (*signature.inputs, *signature.outputs) if tensor not in known), None)
        if missing is not None:
            raise UnsupportedModelError(f"signature '{signature.key}' names '{missing}', whose tensor is not there")


def _verify_graph(graph: Graph, index: int, graph_count: int) -> None:
    for tensor in (*graph.inputs, *graph.outputs):
        if tensor not in graph.by_id:
            raise UnsupportedModelError(f"graph {index}: an input or output names tensor {tensor}, which is not there")
    for item in graph.tensors:
        if item.quant is not None and item.quant.extras and any(key not in graph.by_id for key in item.quant.tensors):
            raise UnsupportedModelError(f"graph {index}: the scales of tensor '{item.name}' are not there")
    for position, op in enumerate(graph.ops):
        where = f"graph {index}, operator {position} ({op.code.label})"
        for tensor in (*op.operands, *op.outputs, *op.intermediates):
            if tensor not in graph.by_id:
                raise UnsupportedModelError(f"{where}: names tensor {tensor}, which is not there")
        for subgraph in op.subgraphs:
            if subgraph >= graph_count:
                raise UnsupportedModelError(f"{where}: runs graph {subgraph}, the model has {graph_count}")


def _verify_order(graph: Graph, index: int, placed: Mapping[TensorId, int]) -> None:
    # A tensor with a place of its own is a view of memory: what it reads may come from an earlier trip of a loop.
    pending = set(graph.producers) - set(graph.inputs) - set(placed)
    for position, op in enumerate(graph.ops):
        early = next(
            (operand for operand in op.operands if operand in pending and _needs_writer(graph, op, operand)), None
        )
        if early is not None:
            name = graph.tensor(early).name
            raise UnsupportedModelError(
                f"graph {index}, operator {position} ({op.code.label}): reads tensor '{name}' before it is written"
            )
        pending.difference_update(op.outputs)


def _needs_writer(graph: Graph, op: Op, operand: TensorId) -> bool:
    # A variable keeps its content between invocations; an in-place operator names one tensor as operand and output.
    tensor = graph.tensor(operand)
    return not (tensor.is_variable or tensor.is_constant or operand in op.outputs)
