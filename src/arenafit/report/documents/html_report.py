"""The report as a document: one model, or before and after, with the steps between and what could be done."""

from dataclasses import dataclass
from typing import Any, ClassVar

from arenafit.errors import DataError
from arenafit.fit import FitResult
from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.diff import DiffDocument
from arenafit.report.documents.document import Document
from arenafit.report.documents.fit import FitDocument
from arenafit.report.documents.measurement import MeasurementDocument
from arenafit.report.documents.opportunities import Opportunities
from arenafit.report.documents.views import ModelView, StepView, step_view
from arenafit.rewrites.protocol import Claim


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of a fit: the smallest working arena after it, predicted, and measured on the wheel (None: it was not)."""

    rewrite: str
    what: str
    predicted_bytes: int
    measured_bytes: int | None
    instructions: int
    flash_bytes: int


@dataclass(frozen=True, slots=True)
class Trail:
    """How one model became the other: the steps, the first of which is the original, and what was verified.

    `between` holds the models after all steps but the first and the last, where the fit was made for the report; the
    document of a fit has their figures alone.
    """

    target: str
    steps: tuple[StepRow, ...]
    verified: bool
    verdict: str
    between: tuple[StepView, ...] = ()


@dataclass(frozen=True)
class ReportDocument(Document):
    """All that the page shows; `after`, `changes` and `trail` are None without a fitted model, or without its steps."""

    NAME: ClassVar[str] = "report"
    VERSION: ClassVar[int] = 2

    before: ModelView
    after: ModelView | None
    changes: DiffDocument | None
    trail: Trail | None
    opportunities: Opportunities | None
    measured_before: MeasurementDocument | None
    measured_after: MeasurementDocument | None
    answer: Answer

    def headline(self) -> str:
        """Return the sentence that the page begins with."""
        from arenafit.report.documents.report_hero import hero  # noqa: PLC0415  # it is made from this class

        return f"{self.before.inspection.model}: {hero(self).sentence}"


def trail_of(result: FitResult) -> Trail:
    """Return the trail of a fit that has just been made."""
    target, verdict = result.settings.target, result.verdict
    rows = tuple(
        StepRow(step.rewrite, step.what, step.predicted_bytes, step.measured_bytes, step.instructions, step.flash_bytes)
        for step in result.steps
    )
    said = _verdict(verdict.verified, verdict.runtime, verdict.inputs, verdict.claim)
    between = tuple(step_view(model, target) for model in result.models[1:-1])
    return Trail(target.name, rows, verdict.verified, said, between)


def trail_from_json(data: Any, source: str) -> Trail:
    """Return the trail in what ``arenafit fit --json`` printed.

    Raises:
        DataError: if `data` is no such document.
    """
    if (
        not isinstance(data, dict)
        or data.get("document") != "arenafit.fit"
        or data.get("version") != FitDocument.VERSION
    ):
        known = f"document arenafit.fit, version {FitDocument.VERSION}"
        raise DataError(f"{source}: this is not what 'arenafit fit --json' prints ({known})")
    try:
        rows = tuple(_row(step) for step in data["steps"])
        verdict = data["verdict"]
        verified = bool(verdict["verified"]) and verdict["difference"] is None
        text = _verdict(verified, str(verdict["runtime"]), int(verdict["inputs"]), str(data["claim"]))
        return Trail(str(data["target"]), rows, verified, text)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{source}: a field of the fit document is missing or has the wrong type ({error})") from None


def _row(step: Any) -> StepRow:
    measured = step["measured_bytes"]
    return StepRow(
        rewrite=str(step["rewrite"]),
        what=str(step["what"]),
        predicted_bytes=int(step["predicted_bytes"]),
        measured_bytes=None if measured is None else int(measured),
        instructions=int(step["instructions"]),
        flash_bytes=int(step["flash_bytes"]),
    )


def _verdict(verified: bool, runtime: str, inputs: int, claim: str) -> str:
    if not verified:
        return f"not verified: {runtime}"
    limits = "" if claim == Claim.BIT_EXACT.value else ", as long as no infinity or NaN arises in the model"
    return f"verified on {runtime}: outputs equal bit for bit on {inputs} inputs{limits}"
