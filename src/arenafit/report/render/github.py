"""Renders a check as workflow commands, which GitHub shows as annotations on the run and on the files."""

from arenafit.report.documents.check import CheckDocument, CheckRow
from arenafit.report.render.names import names_are_data


@names_are_data
def render(document: CheckDocument) -> str:
    """Return an error per broken limit, a warning per estimate, a notice per model that holds."""
    return "\n".join(line for row in document.checks for line in _lines(row))


def _lines(row: CheckRow) -> list[str]:
    lines = [_command("error", row, text) for text in row.broken]
    lines += [_command("warning", row, f"estimated: {text}") for text in row.estimated]
    lines += [_command("notice", row, text) for text in row.notes]
    if row.holds:
        lines.append(_command("notice", row, "; ".join(finding.text for finding in row.findings)))
    return lines


def _command(kind: str, row: CheckRow, text: str) -> str:
    title = f"arenafit: {row.budget}, {row.board or row.target}"
    return f"::{kind} file={_property(row.file)},title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    # The escapes of GitHub's toolkit; a line break would begin another command.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
