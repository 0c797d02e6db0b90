"""How long one Invoke may take, counted in the work that its operators do: loops of damaged models never end."""

import sys

from arenafit.costs import Core, Cost, estimate
from arenafit.errors import MALFORMED, UnsupportedModelError
from arenafit.ir import Graph, Model, Op

# Loops whose trips depend on data are granted the first alone.
_LEAST_CPU_SECONDS = 10.0
# Minutes on a fast microcontroller, and half a minute here for each of a dozen inputs: the bound of a loop is damaged.
_MOST_INSTRUCTIONS = 10**11
# A tenth of what a slow machine does, for the instructions of reference kernels.
_INSTRUCTIONS_PER_SECOND = 1e8


def invoke_cpu_seconds(model: Model) -> float:
    """Return how much CPU one Invoke of `model`, or of what it is rewritten to, may take on a computer, in seconds.

    It is many times what the work that is counted needs (`costs`): who is cut off runs in circles.

    Raises:
        UnsupportedModelError: if what is counted would take minutes.
    """
    cost = _cost(model)
    if cost is None:
        return _LEAST_CPU_SECONDS
    if cost.total_instructions > _MOST_INSTRUCTIONS:
        raise UnsupportedModelError(
            f"one Invoke takes {cost.total_instructions:.3g} instructions, more than are ever run here"
            f" ({_MOST_INSTRUCTIONS:.0e}): reduce its tensors, or the rounds of its loops"
        )
    return _LEAST_CPU_SECONDS + _steps(model, cost) / _INSTRUCTIONS_PER_SECOND


def invokes_within(model: Model, instructions: float) -> int:
    """Return how many Invokes of `model` take so many instructions all in all; without bound where none are counted."""
    cost = _cost(model)
    return sys.maxsize if cost is None else int(instructions // max(1, _steps(model, cost)))


def _cost(model: Model) -> Cost | None:
    try:
        return estimate(model, Core.M4_REFERENCE)
    except (*MALFORMED, UnsupportedModelError):
        return None


def _steps(model: Model, cost: Cost) -> float:
    graphs = {op.id: graph for graph in model.graphs for op in graph.ops}
    unknown = sum(_most_steps(graphs[op.id], op) for op, _ in cost.uncovered if not op.subgraphs)
    return cost.total_instructions + unknown


def _most_steps(graph: Graph, op: Op) -> int:
    """Return more steps than an operator takes that nobody measured: each output looks at each of its weights."""
    weights = [tensor.elements for tensor in graph.inputs_of(op) if tensor is not None and tensor.is_constant]
    return sum(tensor.elements for tensor in graph.outputs_of(op)) * max(weights, default=1)
