"""The graphs of a model as nodes and edges: operators, and the tensors of the arena that run between them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from arenafit.ir import Graph, Model, OpId, TensorId
from arenafit.report.documents.memory_map import op_numbers, planned_tensors
from arenafit.tflm import Footprint


@dataclass(frozen=True, slots=True)
class GraphPort:
    """An input or output of a graph; `buffer` is its number in the memory map, None if it is not in the head."""

    name: str
    buffer: int | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A tensor's way from one node to another.

    Nodes: an operator's number; -1 - i for input i at the beginning, -1 - i for output i at the end of the way.
    """

    source: int
    target: int
    buffer: int | None


@dataclass(frozen=True, slots=True)
class GraphView:
    """A graph: its operators [first_op, end_op), its ports, its edges; `run_by` are the operators that run it."""

    index: int
    name: str
    first_op: int
    end_op: int
    inputs: tuple[GraphPort, ...]
    outputs: tuple[GraphPort, ...]
    edges: tuple[Edge, ...]
    run_by: tuple[int, ...]


def graph_views(model: Model, footprint: Footprint) -> tuple[GraphView, ...]:
    """Return a view of each graph; constants are left out."""
    numbers = op_numbers(model)
    planned = planned_tensors(footprint)
    views, first = [], 0
    for index, graph in enumerate(model.graphs):
        runs = tuple(numbers[op.id] for op in model.ops.values() if index in op.subgraphs)
        end = first + len(graph.ops)
        views.append(
            GraphView(
                index=index,
                name=graph.name or ("main" if index == 0 else f"graph {index}"),
                first_op=first,
                end_op=end,
                inputs=_ports(graph, graph.inputs, planned),
                outputs=_ports(graph, graph.outputs, planned),
                edges=tuple(_edges(graph, numbers, planned)),
                run_by=runs,
            )
        )
        first = end
    return tuple(views)


def _ports(graph: Graph, tensors: tuple[TensorId, ...], planned: Mapping[TensorId, int]) -> tuple[GraphPort, ...]:
    return tuple(GraphPort(graph.by_id[tensor].name, planned.get(tensor)) for tensor in tensors)


def _edges(graph: Graph, numbers: Mapping[OpId, int], planned: Mapping[TensorId, int]) -> Iterator[Edge]:
    sources = {tensor: -1 - place for place, tensor in enumerate(graph.inputs)}
    sources |= {tensor: numbers[op.id] for tensor, op in graph.producers.items()}
    for op in graph.ops:
        for tensor in dict.fromkeys(op.operands):
            if tensor in sources and sources[tensor] != numbers[op.id]:
                yield Edge(sources[tensor], numbers[op.id], planned.get(tensor))
    for place, tensor in enumerate(graph.outputs):
        if tensor in sources:
            yield Edge(sources[tensor], -1 - place, planned.get(tensor))
