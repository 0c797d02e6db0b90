"""What `check` found: each model against each budget that holds for it, as a document."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from arenafit.check import BudgetLimits, Check
from arenafit.errors import MALFORMED, ArenafitError
from arenafit.fit.diagnosis import diagnosed
from arenafit.ir import Model
from arenafit.memories import MemoryRequest
from arenafit.report.documents.answers.age import age_clause
from arenafit.report.documents.answers.answer import Answer, Budget, is_float, needed_tflm, on, place_of, tflm_clause
from arenafit.report.documents.answers.check import Held, check_answer
from arenafit.report.documents.check_baseline import Baseline, growth
from arenafit.report.documents.check_findings import Finding, finding, memory_findings
from arenafit.report.documents.document import Document
from arenafit.report.documents.inspection_head import op_row
from arenafit.runtime import Measurement, Refusal, TflmRuntime
from arenafit.targets.boards import Board, fits
from arenafit.targets.choice import choose
from arenafit.targets.releases import untested_wheel
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes, read_file
from arenafit.tflm import Footprint, footprint
from arenafit.tflm.comparison import compare
from arenafit.units import format_size
from arenafit.validity import demand, diagnose
from arenafit.validity.usual import dated, release_for

_NOT_AT_THE_PEAK = ("flash", "board-flash", "measured")


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One model against one budget; predicted, but for `measured_bytes`. `error` says why it could not be checked."""

    model: str
    file: str
    budget: str
    target: str
    board: str | None
    tflm: str = ""  # the month or day of the TFLM that the figures are predicted for
    arena_bytes: int | None = None
    head_bytes: int | None = None
    tail_bytes: int | None = None
    flash_bytes: int | None = None
    peak: str = ""
    baseline_arena_bytes: int | None = None
    baseline_flash_bytes: int | None = None
    measured_bytes: int | None = None
    estimated: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    needs: str = ""
    on_board: str = ""  # the verdict of `inspect` on the board; "" without one
    age: str = ""  # what the board's usual TFLM is too old for; no budget is missed by that: yours may be newer
    is_float: bool = False
    error: str | None = None
    error_code: int | None = None

    @property
    def holds(self) -> bool:
        """Whether it could be checked and every limit holds."""
        return self.error is None and all(finding.holds for finding in self.findings)

    @property
    def memories(self) -> str:
        """What is taken of each of several memories, as a sentence; empty if none are named, or it does not fit."""
        return ", ".join(item.text for item in self.findings if item.what == "memory")

    @property
    def broken(self) -> tuple[str, ...]:
        """What is wrong, a sentence each."""
        return (self.error,) if self.error else tuple(item.text for item in self.findings if not item.holds)

    @property
    def troubles(self) -> tuple[tuple[str, str], ...]:
        """What is wrong, a sentence each, with the operator at the peak where that is where to look: not for flash."""
        if self.error:
            return ((self.error, ""),)
        missed = [item for item in self.findings if not item.holds]
        return tuple((item.text, "" if item.what in _NOT_AT_THE_PEAK else self.peak) for item in missed)

    @property
    def measurement(self) -> str:
        """What the real TFLM said, if it was asked and agrees."""
        return next((item.text for item in self.findings if item.what == "measured" and item.holds), "")


@dataclass(frozen=True)
class CheckDocument(Document):
    """All checks, in the order of the models. A document of an earlier run serves as the baseline of a later one."""

    NAME: ClassVar[str] = "check"
    VERSION: ClassVar[int] = 1

    holds: bool
    checks: tuple[CheckRow, ...]
    answer: Answer | None = None


def check_document(checks: Iterable[Check], *, measure: bool = False, estimate: bool = False) -> CheckDocument:
    """Return what becomes of `checks`. A model that cannot be read or predicted becomes a row with its error.

    Args:
        checks: what to check.
        measure: run each model in the real TFLM too, and hold the prediction for the wheel against it.
        estimate: go on where an operator's kernel is not known, and leave it out.

    Raises:
        ConfigError: if a baseline is unusable.
        TargetError: if a board or target is unknown.
        RuntimeUnavailableError: if there is no runtime to measure with.
    """
    asked = list(checks)
    rows = tuple(_row(check, measure=measure, estimate=estimate) for check in asked)
    answer = check_answer(_held(row, check) for row, check in zip(rows, asked, strict=True))
    return CheckDocument(all(row.holds for row in rows), rows, answer)


def _asked(limits: BudgetLimits) -> MemoryRequest:
    return MemoryRequest(limits.memories or (), limits.arena_in, limits.pins or ())


def _held(row: CheckRow, check: Check) -> Held:
    limits = [item for item in row.findings if item.what in {"arena", "board-arena"}]
    flash = [item.limit_bytes - item.actual_bytes for item in row.findings if item.what in {"flash", "board-flash"}]
    tightest = min((item.limit_bytes - item.actual_bytes for item in limits), default=None)
    asked = _asked(check.limits)
    named = bool(asked.memories)
    board, arena = check.limits.board, check.limits.arena_bytes
    options = ("--board", board) if board is not None else on(None, check.limits.target)
    tflm = () if check.limits.tflm is None else ("--tflm", check.limits.tflm)
    return Held(
        model=row.model,
        file=row.file,
        where=place_of(row.board or row.target, row.tflm) if row.tflm else row.board or row.target,
        options=(*options, *tflm, *(asked.fit_options if named or arena is None else ("--ram", str(arena)))),
        board=(*(options if board is not None else ()), *tflm),
        arena_bytes=row.arena_bytes,
        spare_bytes=tightest,
        flash_spare_bytes=min(flash, default=None),
        holds=row.holds,
        error=row.error,
        needs=row.needs,
        floats=row.is_float,
        exact=not row.estimated,
        on_board="" if arena is not None or check.limits.memories else row.on_board,
        age=row.age,
        memories=row.memories,
        asked=asked.options if named else (),
    )


def _row(check: Check, *, measure: bool, estimate: bool) -> CheckRow:
    limits = check.limits
    target, board = choose(limits.target, limits.board, limits.kernels, limits.reserve_bytes)
    row = CheckRow(check.name, str(check.path), check.budget, target.name, board.name if board else None)
    document = f"arenafit.{CheckDocument.NAME}"
    baseline = None if limits.baseline is None else Baseline(limits.baseline, row.model, row.target, document)
    try:
        content = read_file(check.path)
        model = read_bytes(content, str(check.path))
        earlier = None if baseline is None else baseline.model()
        compared = [model] if earlier is None else [model, earlier]
        target = dated(target, release_for(limits.tflm, board, *compared))
        findings = diagnose(model, target) if estimate else demand(model, target)
        found = footprint(model, target, estimate=estimate)
        need = needed_tflm([model])
        row = replace(
            row,
            tflm=target.tflm,
            arena_bytes=found.min_arena_bytes,
            head_bytes=found.head_bytes,
            tail_bytes=found.tail_bytes,
            flash_bytes=len(content),
            peak=_peak(model, found),
            estimated=found.estimated + (board.priced_otherwise if board is not None else ()),
            findings=(
                *_limits(limits, board, found, len(content)),
                *memory_findings(_asked(limits), board, model, found),
            ),
            notes=tuple(finding.line for finding in findings),
            is_float=is_float(model),
            on_board="" if board is None else Budget(board).verdict(found.min_arena_bytes, len(content))[0],
            age=age_clause(need, board),
            needs=f"{tflm_clause(need, board)}; {format_size(len(content))} bytes of flash",
        )
    except ArenafitError as error:
        return replace(row, error=_named(check, str(error)), error_code=error.exit_code)
    except MALFORMED:
        why = diagnosed(content, str(check.path))
        if why is None:
            raise
        return replace(row, error=str(why), error_code=why.exit_code)
    if baseline is not None:
        figures = baseline.figures(earlier, target, estimate=estimate)
        other = baseline.other_tflm(target)
        row = _held_against(row, figures, limits, baseline.nothing if figures is None else other)
    return _measured(row, content, model) if measure else row


def _named(check: Check, text: str) -> str:
    return text if text.startswith(str(check.path)) else f"{check.path}: {text}"


def _peak(model: Model, found: Footprint) -> str:
    op = op_row(model, found.peak.op)
    return op.label if op else ""


def _limits(limits: BudgetLimits, board: Board | None, found: Footprint, flash_bytes: int) -> Iterable[Finding]:
    arena_bytes = found.min_arena_bytes
    if limits.arena_bytes is not None:
        yield finding("arena", arena_bytes, limits.arena_bytes, "the budget")
    if limits.flash_bytes is not None:
        yield finding("flash", flash_bytes, limits.flash_bytes, "the budget")
    if board is not None:
        fit = fits(board, arena_bytes, flash_bytes)
        best = fit.best
        place = f"what {best.region.name} of {board.title} leaves"
        if limits.memories is None:
            yield finding("arena", arena_bytes, arena_bytes + best.spare_bytes, place, kind="board-arena")
        room_bytes = flash_bytes + fit.flash_spare_bytes
        yield finding("flash", flash_bytes, room_bytes, f"what the flash of {board.title} leaves", kind="board-flash")


def _held_against(row: CheckRow, figures: tuple[int, int] | None, limits: BudgetLimits, note: str | None) -> CheckRow:
    """Return the row with the baseline's figures and the finding on growth."""
    noted = row if note is None else replace(row, notes=(*row.notes, note))
    if figures is None or row.arena_bytes is None:
        return noted
    found = growth(row.arena_bytes, figures[0], limits)
    return replace(
        noted, baseline_arena_bytes=figures[0], baseline_flash_bytes=figures[1], findings=(*row.findings, found)
    )


def _measured(row: CheckRow, content: bytes, model: Model) -> CheckRow:
    result = TflmRuntime().measure(content)
    if isinstance(result, Refusal):
        text = f"TFLM refuses the model ({result.stage.value}): {result.reason}"
        return replace(row, findings=(*row.findings, Finding("measured", False, 0, 0, text)))
    return _beside(row, result, model)


def _beside(row: CheckRow, result: Measurement, model: Model) -> CheckRow:
    comparison = compare(footprint(model, WHEEL, estimate=True), result)
    actual_bytes = result.total_bytes or 0
    predicted_bytes = next(item.predicted for item in comparison.rows if item.what == "total")
    newer = untested_wheel(result.runtime.version)
    # An estimate claims nothing, nor is anything claimed of a wheel that is newer than this arenafit.
    holds = comparison.equal or bool(comparison.estimated) or newer is not None
    judged = "as predicted" if comparison.equal else f"predicted were {format_size(predicted_bytes)}"
    text = f"{result.runtime.name} records {format_size(actual_bytes)} bytes, {judged}"
    row = row if newer is None else replace(row, notes=(*row.notes, newer))
    finding = Finding("measured", holds, actual_bytes, predicted_bytes, text)
    return replace(row, measured_bytes=actual_bytes, findings=(*row.findings, finding))
