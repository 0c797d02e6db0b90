"""What is wrong with a model, for use from Python: known before anything is run, or seen when it runs."""

from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.errors import UnsupportedModelError
from arenafit.runtime import Refusal
from arenafit.runtime.agreement import disagreement
from arenafit.runtime.types import Stage
from arenafit.targets.choice import choose
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes, read_file
from arenafit.validity import Finding, diagnose, disagreeing
from arenafit.validity.culprit import culprit

StrPath: TypeAlias = str | PathLike[str]


def diagnose_model(
    path: StrPath, *, target: str | None = None, board: str | None = None, kernels: str | None = None
) -> tuple[Finding, ...]:
    """Return what is wrong with the model at `path`, the worst first; nothing is run. Options as for `inspect_model`.

    Raises:
        ModelFormatError: if the file is no readable model.
        TargetError: if a name is unknown.
    """
    file = Path(path)
    return diagnose(read_bytes(read_file(file), str(file)), choose(target, board, kernels)[0])


def measured_findings(path: StrPath, *, timeout_seconds: float = 60.0) -> tuple[Finding, ...]:
    """Return what is wrong with a model that TFLM runs: first, whether desktop LiteRT computes something else."""
    file = Path(path)
    content = read_file(file)
    try:
        known = diagnose(read_bytes(content, str(file)), WHEEL)
    except UnsupportedModelError:
        known = ()
    return (*disagreeing(disagreement(content, timeout_seconds=timeout_seconds)), *known)


def refusal_reason(path: StrPath, refusal: Refusal) -> str:
    """Return the operator behind a refusal of the wheel, as ``; it is ...``; empty if it cannot be told.

    What the diagnosis knows is asked first; a crash that it does not know is looked for by running ever more of the
    model.
    """
    file = Path(path)
    try:
        model = read_bytes(read_file(file), str(file))
    except UnsupportedModelError:
        return ""
    known = [finding for finding in diagnose(model, WHEEL) if finding.stops]
    if known:
        return f"; {known[0].sentence}"
    if refusal.stage is not Stage.CRASH:
        return ""
    place = culprit(model)
    return "" if place is None else f"; it is {place.name}"
