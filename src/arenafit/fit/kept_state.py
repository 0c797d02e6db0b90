"""What a model keeps from one Invoke to the next in operators or variables."""

from arenafit import ops
from arenafit.ir import Model


def kept_in_tail(model: Model, *, rewritten: bool = False) -> str | None:
    """Return in one clause what operators or variables of `model` keep from one Invoke to the next; None: nothing.

    `rewritten`: it was made of a model that keeps nothing. Variables that only loops read are then first contents of
    what the loops write, which nobody looks at (`streaming.loop.carried_state`).
    """
    for graph in model.graphs:
        for tensor in graph.tensors:
            first = rewritten and all(op.subgraphs for op in graph.uses.get(tensor.id, ()))
            if tensor.is_variable and not (first and tensor.id not in graph.producers):
                return f"tensor '{tensor.name}' is a variable"
        for op in graph.ops:
            known = ops.find(op.code)
            if known is None:
                return f"it is not known whether operator {op.code.label} ({op.id}) keeps anything from frame to frame"
            if known.keeps_state:
                return f"operator {op.code.label} ({op.id}) keeps state from frame to frame"
    return None


def begun_once(model: Model) -> str | None:
    """Return in one clause what of a model that is fed by rows is begun once, not for every frame; None: nothing.

    `MicroInterpreter::Reset()` sets variables, and runs no CALL_ONCE again (micro/kernels/call_once.cc of TFLM).
    """
    once = next((op for graph in model.graphs for op in graph.ops if op.name == "CALL_ONCE"), None)
    if once is None:
        return None
    return f"operator CALL_ONCE ({once.id}) begins the first frame alone, and other parts run where a frame is kept"
