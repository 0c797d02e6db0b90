"""What TFLM makes of a plan of the head that the file states, where it is none."""

from collections.abc import Iterator

from arenafit.ir import Model
from arenafit.tflite import offline_plan_problem
from arenafit.validity.finding import Finding, Severity


def plan_findings(model: Model) -> Iterator[Finding]:
    """Yield what is wrong with the plan in the file."""
    problem = offline_plan_problem(model)
    if problem is None:
        return
    advice = "remove that metadata, or let `arenafit plan` write a plan"
    yield Finding(Severity.REFUSE, "plan", "", None, problem, advice)
