"""Predicts the instructions of one Invoke of a model. A prediction is always called an estimate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from arenafit.costs.coefficients import apply, prices
from arenafit.costs.control import Runs, count_runs
from arenafit.costs.core import Build, Core
from arenafit.costs.site import OpContext
from arenafit.costs.work import KernelWork, OpCost, Uncovered, op_costs
from arenafit.errors import MALFORMED
from arenafit.ir import Model, Op, OpId, TensorId, feed_of


@dataclass(frozen=True, slots=True)
class Cost:
    """The estimated instructions of one Invoke (not cycles), all but the first.

    Attributes:
        core: whose instructions.
        build: of which build.
        total_instructions: estimate for the whole Invoke; what is uncovered counts nothing.
        per_op: estimate by operator, over all the times it runs; a WHILE or IF without the graphs it runs.
        uncovered: operators without a price, and why. If there are any, the total is too low.
        derived: operators priced by figures that were not measured on this core and build, and where those are from.
        iterations: how often each loop was found to iterate in one Invoke.
    """

    core: Core
    build: Build
    total_instructions: int
    per_op: Mapping[OpId, int]
    uncovered: tuple[tuple[Op, str], ...]
    derived: tuple[tuple[Op, str], ...]
    iterations: Mapping[OpId, int]

    @property
    def is_complete(self) -> bool:
        """Whether every operator has a price."""
        return not self.uncovered


def estimate(
    model: Model,
    core: Core,
    build: Build = Build.RELEASE,
    *,
    addresses: Mapping[TensorId, int] | None = None,
    trip_counts: Mapping[OpId, int] | None = None,
) -> Cost:
    """Return the estimated instructions of one Invoke of `model`; of one fed by rows the last Invoke of a frame.

    Args:
        model: any model; operators that were not measured come back in `Cost.uncovered`.
        core: processor and kernels.
        build: release (NDEBUG) or TFLM's default build with assertions.
        addresses: offsets of tensors in the arena, from a memory plan: operators whose output lies on their input
            skip copies. Default: the model's offline plan, else nothing is taken to share memory.
        trip_counts: iterations of loops per entry, 1 or 0 for the branch an IF takes, where they depend on data.
    """
    known = prices(core, build)
    instructions: dict[OpId, float] = {}
    uncovered: list[tuple[Op, str]] = []
    derived: list[tuple[Op, str]] = []
    runs = _runs(model, addresses, trip_counts)
    for op, times, work in _works(model, core, addresses, runs):
        found = known.get(work.path) if isinstance(work, KernelWork) else None
        if isinstance(work, Uncovered):
            uncovered.append((op, work.why))
        elif found is None or not work.terms.keys() <= found.terms.keys():
            uncovered.append((op, f"{work.path} was not measured on {core.name}"))
        else:
            instructions[op.id] = times * apply(work, found.terms)
            derived += [] if found.measured else [(op, found.basis)]
    total = known["Invoke"].terms["call"] + sum(instructions.values())
    rounded = {op: round(count) for op, count in instructions.items()}
    return Cost(core, build, round(total), rounded, tuple(uncovered), tuple(derived), dict(runs.iterations))


def workload(
    model: Model, core: Core, addresses: Mapping[TensorId, int] | None = None
) -> Iterator[tuple[Op, int, KernelWork | Uncovered]]:
    """Yield each operator that runs in one Invoke, how often, and its work (per run) on `core`."""
    yield from _works(model, core, addresses, _runs(model, addresses, None))


def _runs(model: Model, addresses: Mapping[TensorId, int] | None, trip_counts: Mapping[OpId, int] | None) -> Runs:
    if not any(op.subgraphs for graph in model.graphs for op in graph.ops):
        return Runs({0: 1})
    known = dict(trip_counts or {})
    if feed_of(model) is not None and model.main.ops:
        known.setdefault(model.main.ops[-1].id, 0)  # what runs in the last Invoke of a frame
    return count_runs(model, model.offline_plan if addresses is None else addresses, known)


def _works(
    model: Model, core: Core, addresses: Mapping[TensorId, int] | None, runs: Runs
) -> Iterator[tuple[Op, int, KernelWork | Uncovered]]:
    places = model.offline_plan if addresses is None else addresses
    rules = op_costs()
    for index, times in runs.graphs.items():
        graph = model.graphs[index]
        for op in graph.ops if times else ():
            rule = rules.get(op.name)
            if rule is None:
                yield op, times, Uncovered(f"{op.code.label} was not measured")
            elif op.id in runs.undetermined:
                yield op, times, Uncovered(runs.undetermined[op.id])
            else:
                iterations = runs.iterations.get(op.id, 0) / times
                yield op, times, _work(rule, OpContext(op, graph, core, places, model, iterations))


def _work(rule: OpCost, site: OpContext) -> KernelWork | Uncovered:
    try:
        work = rule.work(site)
    except MALFORMED as error:
        return Uncovered(f"{site.op.code.label} has operands its kernel does not take ({error})")
    if isinstance(work, KernelWork) and min(work.terms.values()) < 0:
        return Uncovered(f"{site.op.code.label} has an output its kernel would not make of these operands")
    return work
