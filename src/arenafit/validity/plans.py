"""What TFLM makes of a plan of the head that the file states, where it is none."""

from collections.abc import Iterator
from itertools import combinations

from arenafit.ir import OFFLINE_PLAN_METADATA, Model
from arenafit.tflite import offline_plan_problem
from arenafit.tflite.variable_entries import variables_without_memory
from arenafit.validity.finding import Finding, Severity


def inputs_over_each_other(model: Model) -> Iterator[tuple[str, str]]:
    """Yield the names of two inputs, both read, that the plan in the file puts over each other."""
    plan, main = model.offline_plan or {}, model.main
    read = [main.by_id[key] for key in dict.fromkeys(main.inputs) if key in plan and key in main.uses]
    for one, other in combinations(read, 2):
        starts = plan[one.id], plan[other.id]
        if max(starts) < min(starts[0] + one.size_bytes, starts[1] + other.size_bytes):
            yield one.name, other.name


def plan_findings(model: Model) -> Iterator[Finding]:
    """Yield what is wrong with the plan in the file."""
    advice = f"remove the metadata {OFFLINE_PLAN_METADATA}, or let `arenafit repair` remove it"
    for one, other in inputs_over_each_other(model):
        clause = (
            f"the plan in the file puts the inputs '{one}' and '{other}' over each other: writing one changes the other"
        )
        yield Finding(Severity.MISCOMPUTE, "plan", "", other, clause, advice)
    for tensor in variables_without_memory(model):
        clause = (
            f"variable '{tensor.name}' of a nested graph gets no memory: TFLM looks it up in the plan at its place in"
            " that graph, where a tensor of the first graph is planned"
        )
        yield Finding(Severity.REFUSE, "plan", "", None, clause, "let `arenafit repair` put it elsewhere in its graph")
    problem = offline_plan_problem(model)
    if problem is None:
        return
    # MicroAllocator looks at the number of tensors alone, and reads offsets wherever they would stand.
    refused = "tensors, the model has" in problem
    severity = Severity.REFUSE if refused else Severity.MISCOMPUTE
    clause = problem if refused else f"{problem}; TFLM places tensors by what it reads there"
    yield Finding(severity, "plan", "", None, clause, advice)
