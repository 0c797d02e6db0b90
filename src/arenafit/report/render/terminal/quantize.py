"""Renders a quantisation for a terminal."""

from collections.abc import Iterator

from rich.console import Console

from arenafit.costs.core import core_title
from arenafit.report.documents.quantize import QuantizeDocument
from arenafit.report.documents.quantize_rows import ClassesRow, FloatRow, OutputRow, RecipeRow
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import cut, printable, section, table
from arenafit.units import format_size

_SENSITIVE_SHOWN, _NAME_LENGTH = 10, 24


@names_are_data
def render(document: QuantizeDocument, console: Console) -> None:
    """Print the answer, the recipes side by side, what quality costs, and what the application must deliver."""
    answer(document.answer, console)
    for finding in document.findings:
        console.print(printable(finding, "bold red"))
    _recipes(document, console)
    chosen = next(row for row in document.recipes if row.recipe == document.recipe)
    for output in chosen.outputs:
        for line in _loss(output):
            console.print(printable(line))
    if document.sensitivity:
        _sensitivity(document, console)
    for kept in document.kept_float:
        console.print(printable(f"stays float: '{kept.tensor}': {kept.reason}"))
    for side in document.boundary:
        console.print(printable(f"{side.side}: {side.advice}"))
    for warning in document.warnings[len(document.findings) :]:
        console.print(printable(f"note: {warning}", "yellow"))
    runtime = document.runtime
    console.print(
        printable(
            f"measured on {runtime.name} {runtime.version}, {runtime.kernels} kernels; instructions estimated for"
            f" a {core_title(document.core.name)}{_gaps(document)}"
        )
    )
    console.print(printable(f"written: {format_size(document.model_bytes)} bytes"))


def _gaps(document: QuantizeDocument) -> str:
    rows: list[FloatRow | RecipeRow] = [document.float, *(row for row in document.recipes if not row.refused)]
    return "" if all(row.instructions_complete for row in rows) else " (>: some operators are without a figure)"


def _recipes(document: QuantizeDocument, console: Console) -> None:
    arena = [] if document.target is None else ["arena"]
    columns = ["", *arena, "head", "tail", "flash", "instructions", "quality"]
    rows = [_figures("float", document.float, _float_quality(document), with_arena=bool(arena))]
    for row in document.recipes:
        if row.refused is not None:
            rows.append([row.recipe, *[""] * (len(columns) - 2), row.refused])
            continue
        quality = "; ".join(_quality(output) for output in row.outputs)
        rows.append(_figures(row.recipe, row, quality, with_arena=bool(arena)))
    where = "" if document.target is None else f"arena on {document.target}, predicted; "
    title = f"recipes: {where}head and tail measured; instructions estimated"
    section(console, title, table(columns, rows, right=columns[1:-1], wide="quality"))


def _figures(name: str, row: FloatRow | RecipeRow, quality: str, *, with_arena: bool) -> list[str]:
    sizes = (*((row.arena_bytes,) if with_arena else ()), row.head_bytes, row.tail_bytes, row.model_bytes)
    cells = ["" if size is None else format_size(size) for size in sizes]
    return [name, *cells, f"{'' if row.instructions_complete else '> '}{row.instructions or 0:,}", quality]


def _quality(item: OutputRow) -> str:
    if item.classes is not None:
        return f"accuracy {item.classes.accuracy:.2%}"
    if item.values is not None:
        return f"MSE {item.values.mse:.4g}"
    ratio = "exact" if item.sqnr_db is None else f"SQNR {item.sqnr_db:.1f} dB"
    agreement = "" if item.argmax_agreement is None else f", argmax {item.argmax_agreement:.1%}"
    return f"{ratio}{agreement}"


def _float_quality(document: QuantizeDocument) -> str:
    done = next((row.outputs for row in document.recipes if not row.refused), ())
    parts = []
    for item in done:
        if item.classes is not None:
            parts.append(f"accuracy {item.classes.accuracy_float:.2%}")
        elif item.values is not None:
            parts.append(f"MSE {item.values.mse_float:.4g}")
    return "; ".join(parts)


def _loss(item: OutputRow) -> Iterator[str]:
    if item.classes is not None:
        yield _accuracy(item.output, item.classes)
        for entry in item.classes.per_class:
            if entry.right_float != entry.right_quantised:
                right = f"{entry.right_float} -> {entry.right_quantised} of {entry.samples} right"
                yield f"  class {entry.label}: {right}"
    elif item.values is not None:
        found, interval = item.values, item.values.change_interval
        yield (
            f"'{item.output}': mean squared error {found.mse_float:.4g} -> {found.mse:.4g}; 95 % interval of the change"
            f" {interval.low:.3g} ... {interval.high:.3g} ({found.samples} samples)"
        )


def _accuracy(output: str, found: ClassesRow) -> str:
    interval = found.change_interval
    verdict = "no more than chance" if found.mcnemar_p > 1 - interval.confidence else "a real difference"
    return (
        f"'{output}': accuracy {found.accuracy_float:.2%} -> {found.accuracy:.2%}"
        f" ({100 * (found.accuracy - found.accuracy_float):+.2f} points, 95 % interval {100 * interval.low:+.2f} ..."
        f" {100 * interval.high:+.2f}); {found.only_float_right} lost, {found.only_quantised_right} won of"
        f" {found.samples}, McNemar p = {found.mcnemar_p:.3g}: {verdict}"
    )


def _sensitivity(document: QuantizeDocument, console: Console) -> None:
    precisions = {item.operator: item.precision for item in document.operators}
    columns = ("operator", "tensor", "noise in int8", "output saved", "arena saved alone", "chosen")
    rows = [
        (
            item.name,
            cut(item.tensor, _NAME_LENGTH),
            "fails" if item.noise is None else f"{item.noise:.2e}",
            format_size(item.output_saved_bytes),
            format_size(item.saved_bytes),
            precisions.get(item.operator, "float"),
        )
        for item in document.sensitivity[:_SENSITIVE_SHOWN]
    ]
    section(console, "most sensitive operators; saved: bytes", table(columns, rows, right=columns[2:5], wide="tensor"))
