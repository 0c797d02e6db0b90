"""What `fit` did to a model, as a document."""

from dataclasses import dataclass
from typing import ClassVar

from arenafit.fit import FitResult, FrontPoint, Step, Verdict
from arenafit.fit.feeding.forecast import RowsForecast
from arenafit.fit.parts import PartsForecast
from arenafit.ir import Feed
from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.document import Document
from arenafit.report.documents.inspection import FindingRow, finding_rows
from arenafit.report.documents.memories import memories_row
from arenafit.report.documents.memory_rows import MemoriesRow
from arenafit.rewrites.protocol import Claim


@dataclass(frozen=True)
class FitDocument(Document):
    """Before and after, each step with what it bought, the verdict of the real runtime, and the choices there were.

    `*_predicted_bytes` are the smallest working arena on `target`, `*_measured_bytes` the smallest that works on the
    wheel, which proves the outputs; None where it cannot be run. `claim` says what holds of the outputs: "bit-exact",
    or "equal for finite values", as long as no tensor holds an infinity or a NaN. Instructions are an estimate for one
    Invoke (a frame, where `feed` is set) on `core`; those in `roughly_counted` have no measured price there and go by
    MACs and elements. `core_stands_for` is the kernel library whose instructions nobody counted, where `core` stands in
    for it.
    """

    NAME: ClassVar[str] = "fit"
    VERSION: ClassVar[int] = 3

    model: str
    output: str | None
    target: str
    validity: str
    core: str
    before_predicted_bytes: int
    before_measured_bytes: int | None
    after_predicted_bytes: int
    after_measured_bytes: int | None
    instructions_ratio: float
    flash_bytes_before: int
    flash_bytes_after: int
    steps: tuple[Step, ...]
    verdict: Verdict
    front: tuple[FrontPoint, ...]
    defects: tuple[str, ...]
    candidates: int
    effort: str
    steps_searched: int
    why_stopped: str
    needs_tflm: str | None  # month from which on TFLM has the operators that loops added; None without loops
    other_validity: str
    other_validity_predicted_bytes: int | None  # the same rewrites at the other level of validity
    roughly_counted: tuple[str, ...] = ()
    core_stands_for: str | None = None
    findings: tuple[FindingRow, ...] = ()
    claim: str = Claim.BIT_EXACT.value
    answer: Answer | None = None
    in_parts: tuple[PartsForecast, ...] = ()  # what `--parts` would give, briefly searched for; only where it is less
    by_rows: RowsForecast | None = None  # what `--feed rows` would give, briefly searched for; only where it is less
    feed: Feed | None = None  # how the fitted model is to be fed, if by rows
    memories: MemoriesRow | None = None  # where the fitted model's buffers lie, if several memories were named
    faults: tuple[FindingRow, ...] = ()  # known faults of the target's kernels that the fitted model meets


@dataclass(frozen=True)
class FailedFit:
    """A model that could not be fitted, and why; `exit_code` as in docs/exit-codes.md."""

    model: str
    error: str
    exit_code: int


@dataclass(frozen=True)
class FitsDocument(Document):
    """What ``fit`` did to several models, in the order they were named."""

    NAME: ClassVar[str] = "fits"
    VERSION: ClassVar[int] = 1

    fitted: tuple[FitDocument, ...]
    failed: tuple[FailedFit, ...]


def fit_document(name: str, output: str | None, core: str, result: FitResult) -> FitDocument:
    """Return the document of a fit of the model called `name`."""
    first, last = result.steps[0], result.steps[-1]
    library = result.settings.target.kernels
    return FitDocument(
        model=name,
        output=output,
        target=result.settings.target.name,
        validity=result.settings.validity.value,
        core=core,
        before_predicted_bytes=first.predicted_bytes,
        before_measured_bytes=first.measured_bytes,
        after_predicted_bytes=last.predicted_bytes,
        after_measured_bytes=result.verdict.min_arena_bytes,
        instructions_ratio=round(last.instructions / first.instructions, 4) if first.instructions else 1.0,
        flash_bytes_before=first.flash_bytes,
        flash_bytes_after=last.flash_bytes,
        steps=result.steps,
        verdict=result.verdict,
        front=result.front,
        defects=tuple(defect.difference for defect in result.defects),
        candidates=result.candidates,
        effort=str(result.settings.effort),
        steps_searched=result.steps_searched,
        why_stopped=result.why_stopped,
        needs_tflm=result.needs_tflm,
        other_validity="tflm" if result.settings.validity.value == "tflite" else "tflite",
        other_validity_predicted_bytes=result.other_validity_bytes,
        roughly_counted=result.roughly_counted,
        core_stands_for=library.name if library.is_stand_in else None,
        findings=finding_rows(result.findings),
        claim=result.claim.value,
        feed=result.feed,
        faults=finding_rows(result.faults),
        memories=None if result.memories is None else memories_row(result.memories),
    )
