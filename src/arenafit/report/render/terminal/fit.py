"""Renders a fit for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.costs.core import core_title
from arenafit.fit import FrontPoint, Step, Verdict
from arenafit.report.documents.fit import FitDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer, more
from arenafit.report.render.terminal._tables import printable, section, table
from arenafit.report.render.terminal.memories import render_memories
from arenafit.rewrites.protocol import Claim
from arenafit.runtime.wasm32 import EQUAL_ON_WASM32
from arenafit.units import format_size

_NAMED = 6  # operators named in a line
_CHOICES = 6
_WORTH_A_LINE = 0.01  # of the instructions
_FIGURES_WIDTH = 46  # what the columns of figures take
_SHORTEST_STEP = 24
_STEP_LINES = 2  # what a step did is wrapped, and cut behind so many lines


@names_are_data
def render(document: FitDocument, console: Console, *, everything: bool = False) -> None:
    """Print the answer, the steps and the proof; with `everything` whole names, faster choices and the search."""
    answer(document.answer, console)
    if document.output:
        console.print(Text(f"written: {document.output}"))
    for finding in document.findings:
        console.print(printable(f"{finding.severity.upper()}: {finding.sentence}", "bold red"))
    _verdict(document.verdict, document, console)
    if document.before_measured_bytes is not None and document.after_measured_bytes is not None:
        proof = _change(document.before_measured_bytes, document.after_measured_bytes)
        other = document.verdict.measured_on
        wheel = "the wheel" if other in (None, document.verdict.runtime) else other
        grown = document.after_measured_bytes > document.before_measured_bytes
        why = f"; what is saved on {document.target} are buffers that these kernels do not ask for" if grown else ""
        console.print(Text(f"on {wheel} (64-bit, reference kernels): {proof}, measured{why}"))
    _steps(document, console, everything=everything)
    _memories(document, console)
    if document.core_stands_for is not None:
        core = core_title(document.core)
        stands = f"instructions: a {core} stands in for {document.core_stands_for}, whose instructions nobody counted"
        console.print(printable(stands, "yellow"))
    if document.roughly_counted:
        console.print(printable(_rough_note(document), "yellow"))
    console.print(Text(document.why_stopped))
    if document.by_rows is not None:
        arena, calls = format_size(document.by_rows.arena_bytes), document.by_rows.calls
        sizes = f"about {arena} bytes of arena, {calls} Invokes a frame"
        console.print(Text(f"with --feed rows, another contract: {sizes}; predicted, searched briefly"))
    for item in document.in_parts:
        arena, images = format_size(item.arena_bytes), format_size(item.images_bytes)
        sizes = f"about {arena} bytes of arena, {images} of flash or slow RAM for images"
        console.print(Text(f"with --parts {item.parts}, another contract: {sizes}; predicted, searched briefly"))
    if not everything:
        more("the steps in full, faster choices, what was searched", console)
        return
    _choices(document, console)
    console.print(Text(f"{document.candidates} candidates"))
    if document.other_validity_predicted_bytes is not None:
        other = format_size(document.other_validity_predicted_bytes)
        console.print(
            Text(f"the same segments written for --validity {document.other_validity}, briefly planned: {other} bytes")
        )


def _steps(document: FitDocument, console: Console, *, everything: bool) -> None:
    first = document.steps[0]
    columns = ("step", "arena", "wheel", "instr.", "flash")
    room = _STEP_LINES * max(_SHORTEST_STEP, console.width - _FIGURES_WIDTH)
    rows = [_row(step, first, len(step.what) if everything else room) for step in document.steps]
    how = "predicted; on the wheel, measured; instructions, estimated, against the original"
    title = f"steps: arena on {document.target}, {how}"
    section(console, title, table(columns, rows, right=columns[1:], wide="step"))


def _choices(document: FitDocument, console: Console) -> None:
    first = document.steps[0]
    others = faster_choices(document)
    if not others:
        return
    rows = [(format_size(item.arena_bytes), _ratio(item.instructions, first), "; ".join(item.steps)) for item in others]
    body = table(("arena", "instr.", "how"), rows, right=("arena", "instr."), wide="how")
    section(
        console,
        f"faster choices (--ram, --max-slowdown) on {document.target}, predicted; instructions against the original",
        body,
    )


def _memories(document: FitDocument, console: Console) -> None:
    """Print several memories if there are, what choices take of the fastest, and their time predicted over all."""
    if document.memories is None:
        return
    render_memories(document.memories, console)
    first = document.steps[0].instructions
    rows = [
        (format_size(item.fast_bytes), f"{item.cycles / max(1, first):.2f}", "; ".join(item.steps) or "as it is")
        for item in sorted(document.front, key=lambda point: (point.cycles or 0, point.fast_bytes or 0))[:_CHOICES]
        if item.fast_bytes is not None and item.cycles is not None
    ]
    title = "choices over the memories: time with what slower words take more, 1 for the original's instructions"
    section(console, title, table(("fast memory", "time", "how"), rows, right=("fast memory", "time"), wide="how"))


def faster_choices(document: FitDocument) -> tuple[FrontPoint, ...]:
    """Return the choices that need more arena and fewer instructions, each better than the one before by a per cent.

    Of those that read alike the fastest stands for all.
    """
    last = document.steps[-1].instructions
    chosen: dict[tuple[str, ...], FrontPoint] = {}
    for item in sorted(document.front, key=lambda point: (point.arena_bytes, point.instructions)):
        if item.arena_bytes > document.after_predicted_bytes and item.instructions < (1 - _WORTH_A_LINE) * last:
            chosen.pop(item.steps, None)  # it goes to the end: the order is that of arenas
            chosen[item.steps] = item
            last = item.instructions
    return tuple(chosen.values())[:_CHOICES]


def _change(before: int, after: int) -> str:
    share = 100 * after / before if before else 100.0
    return f"{format_size(before)} -> {format_size(after)} bytes ({share:.1f} %)"


def _of_faults(before: list[str], after: list[str], document: FitDocument) -> str:
    """Say what the verdict does not cover: kernels of the target that compute something else than the reference."""
    where = f"on {document.target}, whose kernels have known faults,"
    first = f"the original computes something else at {', '.join(before)}" if before else "the original computes this"
    then = f"the fitted model does at {', '.join(after)}" if after else "the fitted model avoids that"
    return f"{where} {first}; {then}: there the two may differ from each other"


def _row(step: Step, first: Step, room: int) -> tuple[str, ...]:
    measured = "-" if step.measured_bytes is None else format_size(step.measured_bytes)
    flash = f"{step.flash_bytes - first.flash_bytes:+,}" if step is not first else format_size(step.flash_bytes)
    what = step.what if len(step.what) <= room else f"{step.what[: room - 1]}…"  # of several the first are told
    return (what, format_size(step.predicted_bytes), measured, _ratio(step.instructions, first), flash)


def _ratio(instructions: int, first: Step) -> str:
    return f"{100 * (instructions / first.instructions - 1):+.1f} %" if first.instructions else "-"


def _rough_note(document: FitDocument) -> str:
    named, more = document.roughly_counted[:_NAMED], len(document.roughly_counted) - _NAMED
    names = ", ".join(named) + (f" and {more} more" if more > 0 else "")
    return f"instructions: {names} counted roughly, no price was measured for a {core_title(document.core)}"


def _verdict(verdict: Verdict, document: FitDocument, console: Console) -> None:
    if not verdict.verified:
        console.print(Text(f"{verdict.proof.upper()}: {verdict.runtime}", style="bold yellow"))
        proven = "outputs are equal bit for bit" if verdict.inputs else "nothing was compared"
        console.print(Text(f"LiteRT's reference kernels: {proven} on {verdict.inputs} inputs ({verdict.litert})"))
        if verdict.wasm32 is not None:
            console.print(printable(f"TFLM compiled to wasm32, once: {verdict.wasm32}"))
        unproven = "that TFLM runs the model, computes the same, and needs the arena predicted"
        if verdict.wasm32 is not None and verdict.wasm32.startswith(EQUAL_ON_WASM32):
            unproven = "that other inputs compute the same in TFLM, and that it needs the arena predicted"
        console.print(Text(f"not proven: {unproven}"))
        return
    text = f"verified on {verdict.runtime}: outputs equal bit for bit on {verdict.inputs - verdict.declared} inputs"
    console.print(Text(text, style="bold green"))
    console.print(Text("the witness: the wheel's reference kernels"))
    before = [finding.operator for finding in document.findings if finding.kind == "fault"]
    if before or document.faults:
        console.print(printable(_of_faults(before, [row.operator for row in document.faults], document), "yellow"))
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
        console.print(Text(f"the TFLM it is made for: {verdict.older}"))
    for difference in document.defects:
        console.print(Text(f"a candidate was dropped, it is a defect: {difference}", style="bold yellow"))
