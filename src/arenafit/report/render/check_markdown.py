"""Renders a check as Markdown, for a pull request's comment or the summary of a workflow."""

from arenafit.report.documents.check import CheckDocument, CheckRow
from arenafit.report.render.names import names_are_data
from arenafit.units import format_count, format_size

_HEAD = (
    "| | model | budget | for | arena | limit | baseline | flash |",
    "|---|---|---|---|---:|---:|---:|---:|",
)


@names_are_data
def render(document: CheckDocument) -> str:
    """Return a heading that says whether all holds, a table, and what is wrong."""
    failed = [row for row in document.checks if not row.holds]
    count = format_count(len(document.checks), "check")
    verdict = f"{len(failed)} of {count} failed" if failed else f"{count}, all within budget"
    lines = [f"### arenafit: {verdict}", "", *_HEAD, *(_row(row) for row in document.checks)]
    remarks = [remark for row in document.checks for remark in _remarks(row)]
    if remarks:
        lines += ["", *remarks]
    return "\n".join([*lines, "", "Bytes, predicted for TFLM; `arenafit inspect MODEL` says what fills the arena."])


def _row(row: CheckRow) -> str:
    limits = [item.limit_bytes for item in row.findings if item.what in {"arena", "board-arena"}]
    cells = (
        "✅" if row.holds else "❌",
        f"`{_plain(row.model)}`",
        _plain(row.budget),
        _plain(row.board or row.target),
        _figure(row.arena_bytes),
        _figure(min(limits) if limits else None),
        _growth(row),
        _figure(row.flash_bytes),
    )
    return f"| {' | '.join(cells)} |"


def _remarks(row: CheckRow) -> list[str]:
    remarks = [
        f"- ❌ `{_plain(row.model)}`: {_plain(text)}{_plain(f' (peak in {peak})' if peak else '')}"
        for text, peak in row.troubles
    ]
    remarks += [f"- `{_plain(row.model)}`: measured: {_plain(row.measurement)}"] if row.measurement else []
    if row.memories:
        remarks.append(f"- `{_plain(row.model)}`: memories: {_plain(row.memories)}")
    remarks += [f"- ⚠️ `{_plain(row.model)}`: {_plain(row.age.removeprefix('; but '))}"] if row.age else []
    remarks += [f"- ⚠️ `{_plain(row.model)}`: estimated: {_plain(text)}" for text in row.estimated]
    return remarks + [f"- `{_plain(row.model)}`: {_plain(text)}" for text in row.notes]


def _figure(size_bytes: int | None) -> str:
    return "-" if size_bytes is None else format_size(size_bytes)


def _growth(row: CheckRow) -> str:
    if row.arena_bytes is None or row.baseline_arena_bytes is None:
        return "-"
    return f"{format_size(row.baseline_arena_bytes)} ({row.arena_bytes - row.baseline_arena_bytes:+,})"


def _plain(text: str) -> str:
    # A bar would end the cell, a backtick the code, an angle bracket begin a tag.
    return text.replace("|", "\\|").replace("`", "'").replace("<", "&lt;")
