"""What TFLM makes of a plan of the head that the file states, where it is none."""

from collections.abc import Iterator

from arenafit.ir import OFFLINE_PLAN_METADATA, Model
from arenafit.tflite import offline_plan_problem
from arenafit.tflite.variable_entries import variables_without_memory
from arenafit.validity.finding import Finding, Severity


def plan_findings(model: Model) -> Iterator[Finding]:
    """Yield what is wrong with the plan in the file."""
    for tensor in variables_without_memory(model):
        clause = (
            f"variable '{tensor.name}' of a nested graph gets no memory: TFLM looks it up in the plan at its place in"
            " that graph, where a tensor of the first graph is planned"
        )
        yield Finding(Severity.REFUSE, "plan", "", None, clause, "let `arenafit repair` put it elsewhere in its graph")
    problem = offline_plan_problem(model)
    if problem is None:
        return
    advice = f"remove the metadata {OFFLINE_PLAN_METADATA}, or let `arenafit repair` remove it"
    # MicroAllocator looks at the number of tensors alone, and reads offsets wherever they would stand.
    refused = "tensors, the model has" in problem
    severity = Severity.REFUSE if refused else Severity.MISCOMPUTE
    clause = problem if refused else f"{problem}; TFLM places tensors by what it reads there"
    yield Finding(severity, "plan", "", None, clause, advice)
