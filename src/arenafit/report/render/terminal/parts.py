"""Renders parts in one arena for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.report.documents.parts import PartRow, PartsDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import INDENT, narrow, printable, section
from arenafit.rewrites.protocol import Claim
from arenafit.units import format_size


@names_are_data
def render(document: PartsDocument, console: Console) -> None:
    """Print the arena before and after, the parts, what it costs, and the verdict."""
    answer(document.answer, console)
    console.print(printable(document.model, "bold"))
    columns = ("part", "operators", "arena", "tail of it", "on the wheel", "hands over")
    rows = [_row(number, row) for number, row in enumerate(document.parts, start=1)]
    title = "parts: arena predicted, its tail kept in an image; alone on the wheel, measured"
    section(console, title, narrow(columns, rows, console.width - INDENT, name="hands over", right=columns[2:5]))
    console.print(
        Text(f"images of the tails: {format_size(document.images_bytes)} bytes of flash or slow RAM, outside the arena")
    )
    more = 100 * (document.instructions_ratio - 1)
    console.print(
        Text(
            f"instructions, est.: {more:+.1f} % a frame, {document.handover_instructions:,} of them for the hand-over;"
            f" flash {document.flash_bytes_after - document.flash_bytes_before:+,}"
        )
    )
    _verdict(document, console)
    console.print(printable(f"written: {document.folder}"))


def _row(number: int, row: PartRow) -> tuple[str, ...]:
    measured = "-" if row.measured_bytes is None else format_size(row.measured_bytes)
    operators = f"{row.first} to {row.end - 1}"
    handed = f"{row.hands_over}, {format_size(row.handed_bytes)} bytes" if row.hands_over else "-"
    return (str(number), operators, format_size(row.arena_bytes), format_size(row.tail_bytes), measured, handed)


def _verdict(document: PartsDocument, console: Console) -> None:
    if not document.replayed_inputs:
        console.print(Text(f"NOT VERIFIED: {document.runtime}", style="bold yellow"))
        return
    same = document.replayed_inputs - document.declared
    text = f"hand-over replayed on {document.runtime}: outputs equal bit for bit on {same} inputs"
    console.print(Text(text, style="bold green"))
    if document.claim == Claim.EQUAL_FOR_FINITE.value:
        text = "equal for finite values: where an infinity or a NaN arises in the model, outputs may differ"
        console.print(Text(text, style="yellow"))
