"""Renders a fit for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.fit import Step, Verdict
from arenafit.report.documents.fit import FitDocument
from arenafit.report.render.terminal._tables import printable, section, table
from arenafit.targets.target import WHEEL
from arenafit.units import format_size

_NAMED = 6  # operators named in a line


def render(document: FitDocument, console: Console) -> None:
    """Print before and after, the steps, the verdict and why the search ended."""
    console.print(Text(document.model, style="bold"))
    for finding in document.findings:
        console.print(printable(f"{finding.severity.upper()}: {finding.sentence}", "bold red"))
    before, after, kind = _headline(document)
    share = 100 * after / before if before else 100.0
    console.print(
        Text(f"arena {format_size(before)} -> {format_size(after)} bytes ({share:.1f} %), {kind}", style="bold")
    )
    columns = ("step", "arena, predicted", "measured", "instructions, est.", "flash")
    first = document.steps[0]
    rows = [_row(step, first) for step in document.steps]
    section(console, "steps", table(columns, rows, right=columns[1:], wide="step"))
    if document.core_stands_for is not None:
        stands = f"instructions: {document.core} stands in for {document.core_stands_for}, whose nobody counted"
        console.print(printable(stands, "yellow"))
    if document.roughly_counted:
        console.print(printable(_rough_note(document), "yellow"))
    _verdict(document.verdict, document, console)
    others = [choice for choice in document.front if choice.arena_bytes > document.after_predicted_bytes]
    if others:
        choices = [
            (format_size(item.arena_bytes), _ratio(item.instructions, first), "; ".join(item.steps))
            for item in others[:6]
        ]
        body = table(("arena", "instructions, est.", "how"), choices, right=("arena", "instructions, est."), wide="how")
        section(console, "faster choices (--ram, --max-slowdown), predicted", body)
    console.print(Text(f"{document.candidates} candidates in {document.seconds:.1f} s; {document.why_stopped}"))
    if document.other_validity_predicted_bytes is not None:
        other = format_size(document.other_validity_predicted_bytes)
        console.print(Text(f"the same rewrites with --validity {document.other_validity}: {other} bytes, predicted"))
    if document.needs_tflm is not None:
        console.print(Text(f"needs TFLM of {document.needs_tflm} or later"))
    if document.output:
        console.print(Text(f"written: {document.output}"))


def _headline(document: FitDocument) -> tuple[int, int, str]:
    """Return the arena before and after: as measured where that is the target, the wheel, else as predicted for it."""
    measured = document.before_measured_bytes, document.after_measured_bytes
    if document.target == WHEEL.name and measured[0] is not None and measured[1] is not None:
        return measured[0], measured[1], "measured"
    return document.before_predicted_bytes, document.after_predicted_bytes, f"predicted for {document.target}"


def _row(step: Step, first: Step) -> tuple[str, ...]:
    measured = "-" if step.measured_bytes is None else format_size(step.measured_bytes)
    flash = f"{step.flash_bytes - first.flash_bytes:+,}" if step is not first else format_size(step.flash_bytes)
    return (step.what, format_size(step.predicted_bytes), measured, _ratio(step.instructions, first), flash)


def _ratio(instructions: int, first: Step) -> str:
    return f"{100 * (instructions / first.instructions - 1):+.1f} %" if first.instructions else "-"


def _rough_note(document: FitDocument) -> str:
    named, more = document.roughly_counted[:_NAMED], len(document.roughly_counted) - _NAMED
    names = ", ".join(named) + (f" and {more} more" if more > 0 else "")
    return f"instructions: {names} counted roughly, no price was measured for {document.core}"


def _verdict(verdict: Verdict, document: FitDocument, console: Console) -> None:
    if not verdict.verified:
        console.print(Text(f"NOT VERIFIED: {verdict.runtime}", style="bold yellow"))
        return
    text = f"verified on {verdict.runtime}: outputs equal bit for bit on {verdict.inputs} inputs"
    if verdict.min_arena_bytes is not None:
        text += f", smallest arena measured {format_size(verdict.min_arena_bytes)}"
    console.print(Text(text, style="bold green"))
    console.print(Text(f"desktop LiteRT: {verdict.litert}"))
    for difference in document.defects:
        console.print(Text(f"a candidate was dropped, it is a defect: {difference}", style="bold yellow"))
