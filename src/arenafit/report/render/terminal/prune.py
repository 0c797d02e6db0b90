"""Renders a pruning, and a history, for a terminal."""

from rich.console import Console
from rich.text import Text

from arenafit.report.documents.prune import HistoryDocument, PruneDocument
from arenafit.report.documents.prune_rows import ScoreRow
from arenafit.report.render.names import names_are_data
from arenafit.report.render.terminal._answer import answer
from arenafit.report.render.terminal._tables import printable, section, table
from arenafit.units import format_count, format_size


@names_are_data
def render(document: PruneDocument, console: Console) -> None:
    """Print before and after, the layers, the steps that were judged, and the verdict."""
    answer(document.answer, console)
    console.print(printable(document.model, "bold"))
    if document.synthetic:
        console.print(
            Text("NO DATA: the samples are made up. Judge the result before you use it.", style="bold yellow")
        )
    console.print(Text(_headline(document), style="bold"))
    columns = ("layer", "channels", "left", "error at 1/8", "at 1/2", "")
    rows = [
        (
            row.layer,
            str(row.before),
            str(row.after),
            f"{row.error_at_an_eighth:.2g}",
            f"{row.error_at_half:.2g}",
            row.verdict,
        )
        for row in document.layers
    ]
    section(console, "layers, and what they were forecast to lose", table(columns, rows, right=columns[1:5]))
    _steps(document, console)
    trained = document.distilled
    if trained is not None:
        used = "used" if trained.kept else "no better, so the refit is kept"
        console.print(Text(f"distilled: loss on held-back samples {trained.before:.3g} -> {trained.after:.3g}, {used}"))
    for verdict in document.verdict:
        console.print(Text(_verdict(verdict)))
    for warning in document.warnings:
        console.print(Text(f"note: {warning}", style="yellow"))
    console.print(printable(f"written: {document.output}"))


def _headline(document: PruneDocument) -> str:
    before, after = document.before, document.after
    fitted = (
        "" if document.fitted_bytes is None else f"; arena {format_size(document.fitted_bytes)} after fit, predicted"
    )
    change = 100 * after.instructions / max(1, before.instructions) - 100
    return f"instructions {change:+.1f} %, est.{fitted}"


def _steps(document: PruneDocument, console: Console) -> None:
    columns = ("step", "last cut", "arena", "fitted", "error", "loss", "")
    rows = [
        (
            str(row.step),
            f"{row.layer} to {row.kept}",
            format_size(row.sizes.arena_bytes),
            "-" if row.fitted_bytes is None else format_size(row.fitted_bytes),
            f"{row.error:.2g}",
            "-" if row.drop is None else f"{row.drop:.2%}",
            "chosen" if row.chosen else "",
        )
        for row in document.steps
        if row.drop is not None or row.chosen
    ]
    body = table(columns, rows, right=("step", "arena", "fitted", "error", "loss"))
    section(console, f"steps that were judged, of {len(document.steps)}", body)


def _verdict(row: ScoreRow) -> str:
    if row.classes is not None:
        found, interval = row.classes, row.classes.change_interval
        change = 100 * (found.accuracy_after - found.accuracy_before)
        return (
            f"'{row.output}': accuracy {found.accuracy_before:.2%} -> {found.accuracy_after:.2%}"
            f" ({change:+.2f} points, 95 % interval {100 * interval.low:+.2f} ... {100 * interval.high:+.2f};"
            f" {found.samples} samples, in TFLM)"
        )
    if row.values is not None:
        found_values = row.values
        errors = f"{found_values.mse_before:.4g} -> {found_values.mse_after:.4g}"
        return f"'{row.output}': mean squared error {errors} (in TFLM)"
    parts = [] if row.agreement is None else [f"same greatest element {row.agreement:.1%}"]
    parts += [] if row.sqnr_db is None else [f"SQNR {row.sqnr_db:.1f} dB"]
    return f"'{row.output}': {', '.join(parts) or 'equal'} (in TFLM)"


def render_history(document: HistoryDocument, console: Console) -> None:
    """Print the iterations, each with the one it was made from."""
    least = min(document.entries, key=lambda entry: entry.arena_bytes, default=None)
    if least is not None:
        found = f"smallest working arena: {format_size(least.arena_bytes)} bytes, predicted, loss {least.drop:.2%}"
        count = format_count(len(document.entries), "iteration")
        console.print(printable(f"{found}: #{least.number} ({least.file}) of {count}", "bold"))
    console.print(printable(document.folder, "bold"))
    columns = ("#", "from", "model", "arena", "flash", "loss", "channels")
    rows = [
        (
            str(entry.number),
            str(entry.parent or "original"),
            entry.file,
            format_size(entry.arena_bytes),
            format_size(entry.flash_bytes),
            f"{entry.drop:.2%}",
            " ".join(f"{layer}:{counts[1]}" for layer, counts in entry.kept.items() if counts[0] != counts[1]),
        )
        for entry in document.entries
    ]
    section(console, "iterations", table(columns, rows, right=("#", "arena", "flash", "loss"), wide="channels"))
