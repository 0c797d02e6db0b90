"""Renders a plan for a terminal."""

from rich.console import Console

from arenafit.report.documents.plan import PlanDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import printable
from arenafit.report.render.terminal.memories import render_memories
from arenafit.units import format_size


@names_are_data
def render(document: PlanDocument, console: Console) -> None:
    """Print the answer, the head before and after, how far from the bound, and the verdict."""
    answer(document.answer, console)
    head = (document.head_before_bytes, document.head_after_bytes)
    console.print(printable(f"head {format_size(head[0])} -> {format_size(head[1])} bytes ({document.how})", "bold"))
    bound = format_size(document.bound_bytes)
    console.print(printable(f"bound {bound} bytes in this order: {_gap(document)}"))
    verdict = document.verdict
    if verdict.verified:
        text = f"verified on {verdict.runtime}: outputs equal bit for bit on {verdict.inputs} inputs"
        console.print(printable(text, "bold green"))
        console.print(printable("the witness: the wheel's reference kernels"))
        if verdict.min_arena_bytes is not None:
            console.print(printable(f"on the wheel {format_size(verdict.min_arena_bytes)} bytes, measured"))
        console.print(printable(f"desktop LiteRT: {verdict.litert}"))
    else:
        console.print(printable(f"NOT VERIFIED: {verdict.runtime}", "bold yellow"))
    if document.memories is not None:
        render_memories(document.memories, console)
    console.print(printable(f"written: {document.output}"))


def _gap(document: PlanDocument) -> str:
    if document.head_after_bytes < document.bound_bytes:
        # Rewrites know of loops what nobody can tell from the model: which rows are read when.
        return "the model's own plan lies below it, made with knowledge that the model does not hold"
    return f"{document.gap:.1%} above the bound" if document.gap else "the smallest possible"
