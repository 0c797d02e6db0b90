"""Orders of tensors in which every TFLM reads one offline plan: entry i is that of tensor i in every graph.

TFLM before 2023-03-29 (commit e60e8caf5, tensorflow/lite/micro/micro_allocation_info.cc) takes entry i of the plan for
tensor i of each graph; since then the entries of all graphs stand one after another. Both read the same where the
tensors of a nested graph stand beside tensors of the main graph that are planned at the same place. What takes no
memory of the arena may stand anywhere: constants, and tensors of no elements put in where constants run out.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from arenafit.ir import DType, Graph, Model, Tensor, TensorId

SINCE = "2023-03-29"
_AT_RUN_TIME = -1


def _is_placed(tensor: Tensor) -> bool:
    return not tensor.is_constant and tensor.size_bytes > 0


def reads_alike(model: Model) -> bool:
    """Whether TFLM before 2023-03-29 places every tensor where later ones do."""
    plan = model.offline_plan or {}
    entries = [plan.get(tensor.id, _AT_RUN_TIME) for tensor in model.all_tensors()]
    return not plan or all(
        entries[position] == plan.get(tensor.id, _AT_RUN_TIME)
        for graph in model.graphs
        for position, tensor in enumerate(graph.tensors)
        if _is_placed(tensor)
    )


def in_one_reading(model: Model) -> Model:
    """Return `model` in such an order, with tensors of no elements added; itself if it is read alike as it is."""
    if reads_alike(model):
        return model
    plan = dict(model.offline_plan or {})
    columns = _columns(model.graphs, plan)
    unused = max(tensor.id for tensor in model.all_tensors()) + 1
    graphs: list[Graph] = []
    for index, graph in enumerate(model.graphs):
        free: dict[int, list[int]] = defaultdict(list)
        for position, offset in reversed(list(enumerate(columns))):
            free[offset].append(position)
        cells = {free[plan.get(item.id, _AT_RUN_TIME)].pop(): item for item in graph.tensors if _is_placed(item)}
        others = [item for item in reversed(graph.tensors) if not _is_placed(item)]
        # The entries of the main graph are what older TFLM reads: there must be one for every column.
        length = len(columns) if index == 0 else max(cells, default=-1) + 1
        for position in range(length):
            if position not in cells and others:
                cells[position] = others.pop()
            elif position not in cells:
                cells[position] = Tensor(TensorId(unused), f"beside_{position}", DType.INT8, (0,))
                unused += 1
        ordered = [cells[position] for position in sorted(cells)] + others[::-1]
        if index == 0:
            plan |= {ordered[position].id: offset for position, offset in enumerate(columns) if offset != _AT_RUN_TIME}
        graphs.append(replace(graph, tensors=tuple(ordered)))
    return replace(model, graphs=tuple(graphs), offline_plan=plan)


def _columns(graphs: tuple[Graph, ...], plan: Mapping[TensorId, int]) -> list[int]:
    """Return the offset of each column, those that small graphs need first: these then need nothing behind them."""
    columns: list[int] = []
    for graph in sorted(graphs, key=lambda graph: len(graph.tensors)):
        wanted: dict[int, int] = defaultdict(int)
        for tensor in graph.tensors:
            if _is_placed(tensor):
                wanted[plan.get(tensor.id, _AT_RUN_TIME)] += 1
        for offset, count in wanted.items():
            columns += [offset] * (count - columns.count(offset))
    return columns
