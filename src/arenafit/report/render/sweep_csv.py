"""A sweep's completed trials as CSV."""

import csv
import io

from arenafit.report.documents.sweep import PointRow, SweepDocument
from arenafit.report.render.names import names_are_data

_COLUMNS = (
    "trial",
    "fitted_bytes",
    "stock_bytes",
    "flash_bytes",
    "instructions",
    "macs",
    "loss",
    "drop",
    "error",
    "on_front",
    "beyond_chance",
    "predicted_equal",
)


@names_are_data
def render(document: SweepDocument) -> str:
    """Return the completed trials as CSV: their figures, then their parameters."""
    text = io.StringIO()
    names = list(dict.fromkeys(name for row in document.points for name in row.params))
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_COLUMNS, *names])
    for row in document.points:
        writer.writerow([*_cells(row), *(row.params.get(name, "") for name in names)])
    return text.getvalue()


def _cells(row: PointRow) -> list[object]:
    return ["" if (value := getattr(row, name)) is None else value for name in _COLUMNS]
