"""Which TFLM a model needs, and what an older one says to it."""

from collections.abc import Iterator
from dataclasses import dataclass

from arenafit.errors import RefusedModelError
from arenafit.ir import Model
from arenafit.kernels import find
from arenafit.kernels.protocol import Kernel
from arenafit.ops import Operands
from arenafit.targets.releases import Release
from arenafit.targets.target import WHEEL, Target
from arenafit.tflite.one_reading import reads_alike
from arenafit.validity.finding import Finding, Place, Severity

# What of a model `Need.what` calls new where no operator is.
A_PLAN_OVER_GRAPHS = "an offline plan over several graphs"


@dataclass(frozen=True, slots=True)
class Need:
    """The newest thing a model needs of TFLM: the day from which it is there, the operator and what of it."""

    day: str
    operator: str
    what: str
    commit: str

    @property
    def month(self) -> str:
        """The month of the day."""
        return self.day[:7]


def needs(model: Model) -> tuple[Need, ...]:
    """Return what `model` needs of a TFLM newer than the oldest that is known, the newest first, each once."""
    found = {
        Need(since.day, op.code.label, since.what, since.commit)
        for graph in model.graphs
        for op in graph.ops
        if (kernel := find(op.code)) is not None
        for since in kernel.since
        if since.holds(Operands(op, graph))
    }
    planned = model.offline_plan or {}
    nested = any(tensor.id in planned for graph in model.graphs[1:] for tensor in graph.tensors)
    if nested and not reads_alike(model):
        # Before, entry i was read for tensor i of every graph: loops would compute something else without a word.
        caller = next((op.code.label for op in model.main.ops if op.subgraphs), "the model")
        found.add(Need("2023-03-29", caller, A_PLAN_OVER_GRAPHS, "e60e8caf5"))
    return tuple(sorted(found, key=lambda need: (need.day, need.operator, need.what), reverse=True))


def release_findings(place: Place, kernel: Kernel, target: Target) -> Iterator[Finding]:
    """Yield what the operator needs that the target's TFLM is too old for."""
    for since in kernel.since:
        day = since.day_for(wheel=target.recording)
        if target.tflm >= day or not since.holds(Operands(place.op, place.graph)):
            continue
        silent = target.tflm < since.silent_before
        severity = Severity.MISCOMPUTE if silent else Severity.REFUSE
        instead = "; older kernels compute something else without a word" if silent else ""
        where = f" in tflite-micro's wheel, which runs it here ({since.day} in C++)" if day != since.day else ""
        clause = f"{since.what}: since {day}{where}, the target's TFLM is of {target.tflm}{instead}"
        yield place.finding(severity, "release", clause, f"use a TFLM of {day[:7]} or later")


def demand_release(model: Model, release: Release, source: str) -> None:
    """Refuse a model that holds what `release` has not: rewriting does not take it out.

    Raises:
        RefusedModelError: with the operator, and since when TFLM has what it needs.
    """
    target = release.of(WHEEL)
    for index, graph in enumerate(model.graphs):
        for position, op in enumerate(graph.ops):
            kernel = find(op.code)
            if kernel is None:
                continue
            for finding in release_findings(Place(op, graph, index, position), kernel, target):
                if finding.severity is Severity.REFUSE:
                    raise RefusedModelError(f"{source}: {finding.line}; --tflm {release.name} is older")
