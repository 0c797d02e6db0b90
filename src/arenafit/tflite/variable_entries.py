"""Variable tensors of nested graphs beside an offline plan: TFLM looks them up at their place in their own graph.

MicroAllocator::AllocateVariables (tensorflow/lite/micro/micro_allocator.cc, commit 90b983c2) gives a variable tensor
memory unless its entry in the plan is an offset, and takes entry i of the whole table for tensor i of every graph. A
variable of a later graph that stands beside a planned tensor of the main graph gets no memory from anybody.
"""

from collections.abc import Iterator
from dataclasses import replace

from arenafit.ir import Model, Tensor


def variables_without_memory(model: Model) -> tuple[Tensor, ...]:
    """Return the variable tensors that TFLM gives no memory, as the model is planned."""
    plan = model.offline_plan
    if plan is None or not any(tensor.is_variable for graph in model.graphs[1:] for tensor in graph.tensors):
        return ()
    entries = [plan.get(tensor.id) for tensor in model.all_tensors()]
    return tuple(
        tensor
        for graph in model.graphs[1:]
        for position, tensor in enumerate(graph.tensors)
        if tensor.is_variable and plan.get(tensor.id) is None and entries[position] is not None
    )


def with_memory_for_variables(model: Model) -> Model:
    """Return `model` with tensors in an order in which the variables of nested graphs get memory.

    Each variable that gets none changes places with a tensor of its graph that stands beside one without an offset,
    such as a constant of the main graph; where there is none, a tensor of the main graph without an offset comes
    beside it. Where there is none of these either it stays: see `variables_without_memory`.
    """
    lost = variables_without_memory(model)
    for variable in lost:
        for made in _swaps(model, variable):
            fewer = variables_without_memory(made)
            if variable not in fewer and len(fewer) < len(lost):
                model, lost = made, fewer
                break
    return model


def _swaps(model: Model, variable: Tensor) -> Iterator[Model]:
    index, graph = next((index, graph) for index, graph in enumerate(model.graphs) if variable.id in graph.by_id)
    here, plan = graph.tensors.index(variable), model.offline_plan or {}
    for there in range(len(graph.tensors)):
        yield _swapped(model, index, here, there)
    for there, tensor in enumerate(model.main.tensors):
        if here < len(model.main.tensors) and plan.get(tensor.id) is None:
            yield _swapped(model, 0, here, there)


def _swapped(model: Model, index: int, one: int, other: int) -> Model:
    graphs = list(model.graphs)
    tensors = list(graphs[index].tensors)
    tensors[one], tensors[other] = tensors[other], tensors[one]
    graphs[index] = replace(graphs[index], tensors=tuple(tensors))
    return replace(model, graphs=tuple(graphs))
