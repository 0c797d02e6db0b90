"""Which operator ends TFLM's process: found by running ever more of the model, for crashes that say nothing."""

from dataclasses import replace

from arenafit.ir import Model
from arenafit.runtime import Refusal, TflmPool
from arenafit.tflite import write_bytes
from arenafit.validity.finding import Place


def culprit(model: Model, *, timeout_seconds: float = 60.0) -> Place | None:
    """Return the first operator of the main graph with which TFLM refuses the model; None if it runs all of it.

    A model cut off behind an operator is refused exactly if the operator or one before it is at fault, so a bisection
    finds the first.
    """
    graph = model.main
    low, high = 0, len(graph.ops)
    with TflmPool(1) as tflm:

        def refused(count: int) -> bool:
            result = tflm.measure(write_bytes(_beginning(model, count)), timeout_seconds=timeout_seconds)
            return isinstance(result, Refusal)

        if not high or not refused(high):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if refused(middle) else (middle, high)
    return Place(graph.ops[high - 1], graph, 0, high - 1)


def _beginning(model: Model, count: int) -> Model:
    graph = model.main
    if count == len(graph.ops):
        return model
    kept = graph.ops[:count]
    written = [key for op in kept for key in op.outputs]
    read = {key for op in kept for key in op.operands}
    ends = tuple(key for key in written if key not in read) or tuple(written[-1:])
    return replace(model, graphs=(replace(graph, ops=kept, outputs=ends), *model.graphs[1:]), signatures=())
