"""Renders parts in one arena for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.report.documents.parts import PartRow, PartsDocument
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._tables import printable, section, table
from arenafit.rewrites.protocol import Claim
from arenafit.units import format_size


@names_are_data
def render(document: PartsDocument, console: Console) -> None:
    """Print the arena before and after, the parts, what it costs, and the verdict."""
    console.print(printable(document.model, "bold"))
    before, after = document.before_predicted_bytes, document.arena_bytes
    share = 100 * after / before if before else 100.0
    sizes = f"{format_size(before)} -> {format_size(after)} bytes ({share:.1f} %)"
    text = f"one arena for {len(document.parts)} parts on {document.target}: {sizes}, predicted"
    console.print(Text(text, style="bold"))
    if document.contract:
        console.print(printable(f"part 1, {document.contract}", "yellow"))
    columns = ("part", "operators", "arena, predicted", "tail of it", "alone on the wheel, measured", "hands over")
    rows = [_row(row) for row in document.parts]
    section(console, "parts", table(columns, rows, right=columns[2:5], wide="hands over"))
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
    console.print(
        printable(f"written: {document.folder}; `arenafit export {document.folder} -o DIR` writes the runner")
    )


def _row(row: PartRow) -> tuple[str, ...]:
    measured = "-" if row.measured_bytes is None else format_size(row.measured_bytes)
    operators = f"{row.first} to {row.end - 1}"
    handed = f"{row.hands_over}, {format_size(row.handed_bytes)} bytes" if row.hands_over else "-"
    return (row.file, operators, format_size(row.arena_bytes), format_size(row.tail_bytes), measured, handed)


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
