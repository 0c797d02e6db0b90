"""The diagnosis: whether TFLM runs a model, and computes what it means, on a target. Nothing is run."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from arenafit.errors import RefusedModelError
from arenafit.ir import Model
from arenafit.kernels import find
from arenafit.kernels.conditions import Demand, Violation
from arenafit.ops import Operands
from arenafit.targets.target import Target
from arenafit.validity.absent import advice, clause
from arenafit.validity.finding import Finding, Place, Severity
from arenafit.validity.flow import called, reached, unassigned, unequal_variables, unwritten, unwritten_results
from arenafit.validity.guesses import guesses
from arenafit.validity.plans import plan_findings
from arenafit.validity.release import release_findings
from arenafit.validity.shapes import FIXED_SHAPES, shape_arithmetic, shape_findings
from arenafit.validity.tensors import short_data, tensor_findings

# TFLM reads types in this order; of several findings the first at the worst operator says most.
_ORDER = (Severity.REFUSE, Severity.MISCOMPUTE, Severity.WARN)


def diagnose(model: Model, target: Target) -> tuple[Finding, ...]:
    """Return all that is wrong with `model` on `target`, the worst first, in the order of its operators.

    An empty result promises that nothing is known against the model; the real TFLM has the last word.
    """
    found = [
        *plan_findings(model),
        *_of_operators(model, target),
        *short_data(model),
        *unassigned(model),
        *unequal_variables(model),
        *unwritten_results(model),
        *guesses(model),
    ]
    unique = list(dict.fromkeys(found))
    return tuple(finding for severity in _ORDER for finding in unique if finding.severity is severity)


def demand(model: Model, target: Target, *, but: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return what is wrong with `model` on `target` if TFLM runs it nevertheless.

    Args:
        model: what shall run.
        target: where.
        but: kinds of findings that may be: those that the caller is about to mend.

    Raises:
        RefusedModelError: with the worst finding, if TFLM does not run the model, or computes something else.
    """
    found = tuple(finding for finding in diagnose(model, target) if finding.kind not in but)
    worst = [finding for finding in found if finding.stops]
    if worst:
        more = f" (and {len(worst) - 1} more)" if len(worst) > 1 else ""
        raise RefusedModelError(f"{worst[0].line}{more}")
    return found


def _of_operators(model: Model, target: Target) -> Iterator[Finding]:
    """Yield the findings about operators; TFLM prepares graphs that nothing runs, as another signature's, all the same.

    What these would compute wrongly nobody ever sees.
    """
    run = reached(model)
    of_shapes = [shape_arithmetic(graph) for graph in model.graphs]
    for place in places(model):
        mended = place.op.id in of_shapes[place.graph_index]
        for finding in _operator(model, place, target):
            unseen = place.graph_index not in run and finding.severity is Severity.MISCOMPUTE
            said = replace(finding, advice=FIXED_SHAPES) if mended and finding.stops else finding
            yield replace(said, severity=Severity.WARN) if unseen else said


def places(model: Model) -> Iterator[Place]:
    """Yield all operators of all graphs in order."""
    for index, graph in enumerate(model.graphs):
        for position, op in enumerate(graph.ops):
            yield Place(op, graph, index, position)


def _asked(condition: Demand, operands: Operands) -> Violation | None:
    try:
        return condition(operands)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        # Fields of a damaged file that no converter writes: a shape without axes, an option that is no number.
        return Violation("option", "its operands or options make no sense", "the file is damaged: convert it again")


def _operator(model: Model, place: Place, target: Target) -> Iterator[Finding]:
    kernel = find(place.op.code)
    if kernel is None:
        yield place.finding(Severity.REFUSE, "operator", clause(place.op.code), advice(place.op.code))
        return
    operands = Operands(place.op, place.graph)
    memory = kernel.memory(target.kernels)
    for condition in (*kernel.conditions, *memory.conditions):
        problem = _asked(condition, operands)
        if problem is not None:
            severity = Severity.WARN if problem.runs else Severity.REFUSE
            yield place.finding(severity, problem.kind, problem.clause, problem.advice, problem.tensor)
    yield from release_findings(place, kernel, target)
    yield from tensor_findings(place)
    yield from shape_findings(place)
    yield from unwritten(model, place)
    yield from called(model, place)
    for fault in memory.faults:
        if target.tflm >= fault.since and fault.holds(operands, target.kernels):
            what = f"on {target.name} {fault.clause} ({fault.source})"
            yield place.finding(Severity.WARN, "fault", what, fault.advice)
