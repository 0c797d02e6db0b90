"""All that a page, a diff or an overlay shows of one model, computed once."""

from dataclasses import dataclass, replace

from arenafit.errors import BudgetError
from arenafit.ir import Model, Tensor
from arenafit.memories import MemoryRequest
from arenafit.report.documents.answers.memories import memories_answer, misfit_answer
from arenafit.report.documents.graph_view import GraphView, graph_views
from arenafit.report.documents.inspection import Inspection
from arenafit.report.documents.inspection_build import Asked, inspect
from arenafit.report.documents.memories import asked_row
from arenafit.report.documents.memory_map import MemoryMap, memory_map
from arenafit.report.documents.memory_rows import MemoriesRow
from arenafit.report.documents.operators import OperatorRow, OperatorWork, cost_of, operator_rows, work_of
from arenafit.targets.boards import Board
from arenafit.targets.target import Target
from arenafit.tflm import footprint


@dataclass(frozen=True, slots=True)
class ModelView:
    """A model on a target: the inspection, the memory map, the operators, the graphs, and what goes in and out.

    `memories` is the plan over several memories, if they were asked for; `no_memories` why there is none.
    """

    inspection: Inspection
    memory: MemoryMap
    operators: tuple[OperatorRow, ...]
    work: OperatorWork
    graphs: tuple[GraphView, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    memories: MemoriesRow | None = None
    no_memories: str = ""


@dataclass(frozen=True, slots=True)
class StepView:
    """A model between the first and the last of a fit: what the map, the table of operators and the graph show."""

    memory: MemoryMap
    operators: tuple[OperatorRow, ...]
    graphs: tuple[GraphView, ...]


def step_view(model: Model, target: Target) -> StepView:
    """Return what a page shows of a model that a fit went through on `target`.

    Raises:
        UnsupportedModelError: if an operator's kernel is not known.
    """
    found = footprint(model, target)
    return StepView(
        memory=memory_map(model, found),
        operators=operator_rows(model, found, cost_of(model, target)),
        graphs=graph_views(model, found),
    )


def model_view(
    model: Model, content: bytes, name: str, target: Target, board: Board | None = None, *, asked: Asked | None = None
) -> ModelView:
    """Return the view of `model`, read from the file `content` called `name`; arguments as for `inspect`.

    Raises:
        UnsupportedModelError: if an operator's kernel is not known (unless it is estimated), or TFLM does not take it.
    """
    wishes = asked or Asked()
    inspection = inspect(model, content, name, target, board, asked=wishes)
    target = wishes.dated(target)
    found = footprint(model, target, estimate=wishes.estimate)
    cost = cost_of(model, target)
    rows = operator_rows(model, found, cost)
    return ModelView(
        inspection=inspection,
        memory=memory_map(model, found),
        operators=rows,
        work=work_of(rows, cost),
        graphs=graph_views(model, found),
        inputs=tuple(_interface(model.main.by_id[tensor]) for tensor in model.main.inputs),
        outputs=tuple(_interface(model.main.by_id[tensor]) for tensor in model.main.outputs),
    )


def over_memories(
    view: ModelView, model: Model, target: Target, board: Board | None, asked: MemoryRequest | None, *, estimate: bool
) -> ModelView:
    """Return the view of `model` with its plan over the memories that are asked for; the view itself if none are.

    A model that finds no place in them is shown all the same: one beside it may.

    Raises:
        TargetError: if a memory or tensor is named that is not there.
    """
    if asked is None or not asked.memories:
        return view
    try:
        row = asked_row(asked, model, footprint(model, target, estimate=estimate), board)
    except BudgetError as error:
        answer = misfit_answer(view.inspection, str(error), asked.fit_options)
        return replace(view, no_memories=str(error), inspection=replace(view.inspection, answer=answer))
    answer = memories_answer(view.inspection, row, asked.options)
    return replace(view, memories=row, inspection=replace(view.inspection, answer=answer))


def _interface(tensor: Tensor) -> str:
    """Return what a firmware relies on: name, type, shape, scale and zero point."""
    shown = f"{tensor.name}: {tensor.dtype.label.lower()}[{','.join(map(str, tensor.shape))}]"
    quant = None if tensor.quant is None else tensor.quant.per_tensor
    return shown if quant is None else f"{shown}, scale {quant[0]:.6g}, zero point {quant[1]}"
