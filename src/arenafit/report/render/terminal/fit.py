"""Renders a fit for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.fit import Step, Verdict
from arenafit.report.documents.fit import FitDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._tables import printable, section, table
from arenafit.rewrites.protocol import Claim
from arenafit.units import format_size

_NAMED = 6  # operators named in a line


@names_are_data
def render(document: FitDocument, console: Console) -> None:
    """Print before and after, the steps, the verdict and why the search ended."""
    console.print(Text(f"{document.model}: {document.verdict.proof}", style="bold"))
    for finding in document.findings:
        console.print(printable(f"{finding.severity.upper()}: {finding.sentence}", "bold red"))
    sizes = _change(document.before_predicted_bytes, document.after_predicted_bytes)
    console.print(Text(f"smallest working arena on {document.target}: {sizes}, predicted", style="bold"))
    if document.before_measured_bytes is not None and document.after_measured_bytes is not None:
        proof = _change(document.before_measured_bytes, document.after_measured_bytes)
        console.print(Text(f"proven on the wheel (64-bit, reference kernels): {proof}, measured"))
    columns = ("step", "arena, predicted", "on the wheel, measured", "instructions, est.", "flash")
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
        console.print(
            Text(f"the same segments written for --validity {document.other_validity}, briefly planned: {other} bytes")
        )
    if document.needs_tflm is not None:
        console.print(Text(f"needs TFLM of {document.needs_tflm} or later"))
    if document.output:
        console.print(Text(f"written: {document.output}"))


def _change(before: int, after: int) -> str:
    share = 100 * after / before if before else 100.0
    return f"{format_size(before)} -> {format_size(after)} bytes ({share:.1f} %)"


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
        console.print(Text(f"{verdict.proof.upper()}: {verdict.runtime}", style="bold yellow"))
        proven = "outputs are equal bit for bit" if verdict.inputs else "nothing was compared"
        console.print(Text(f"LiteRT's reference kernels: {proven} on {verdict.inputs} inputs ({verdict.litert})"))
        console.print(Text("not proven: that TFLM runs the model, computes the same, and needs the arena predicted"))
        return
    text = f"verified on {verdict.runtime}: outputs equal bit for bit on {verdict.inputs - verdict.declared} inputs"
    console.print(Text(text, style="bold green"))
    if document.claim == Claim.EQUAL_FOR_FINITE.value:
        named = "; ".join(step.what for step in document.steps if step.claim == document.claim)
        seen = f"; seen on {verdict.declared} of {verdict.inputs} inputs" if verdict.declared else ""
        console.print(
            printable(
                f"equal for finite values: where an infinity or a NaN arises in the model, outputs may differ{seen}"
                f" ({named}); --exact nonfinite forbids that",
                "yellow",
            )
        )
    console.print(Text(f"desktop LiteRT: {verdict.litert}"))
    if verdict.older is not None:
        console.print(Text(f"the TFLM named: {verdict.older}"))
    for difference in document.defects:
        console.print(Text(f"a candidate was dropped, it is a defect: {difference}", style="bold yellow"))
