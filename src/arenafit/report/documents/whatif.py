"""What structural changes would take, as a document."""

from dataclasses import dataclass
from typing import ClassVar

from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.document import Document
from arenafit.structure.pricing import Price, PricedChanges, Row

# Below this share of the arena a change is not worth a line of its own.
_NOTICED = 0.002


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change, priced: the model as it would be, before any training.

    `number` is what ``--apply`` takes; `settings` what ``--set`` takes. `needs`: ``keeps weights`` (`prune` can make
    it from the trained weights), ``retrain``, or ``retrain, other input``. `at_peak`: a tensor that is there at the
    memory's peak gets smaller or goes. `listed`: it is at the peak and changes the arena.
    """

    number: int
    settings: tuple[str, ...]
    what: str
    needs: str
    at_peak: bool
    listed: bool
    price: Price


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A change that cannot be made in this model, and why."""

    setting: str
    reason: str


@dataclass(frozen=True)
class WhatIfDocument(Document):
    """Structural changes, each priced for `target`: the arena exactly, instructions as an estimate on `core`.

    `core_stands_for` is the kernel library whose instructions nobody counted, where `core` stands in for it.
    """

    NAME: ClassVar[str] = "whatif"
    VERSION: ClassVar[int] = 1

    model: str
    form: str  # "as it is", or "int8": priced as if quantised
    target: str
    core: str
    before: Price
    rows: tuple[ChangeRow, ...]
    refused: tuple[RefusedRow, ...]
    applied: int | None  # the number of the row that was written
    written: tuple[str, ...]
    core_stands_for: str | None = None
    answer: Answer | None = None


def whatif_document(name: str, form: str, target: str, core: str, priced: PricedChanges) -> WhatIfDocument:
    """Return the document of the changes priced of the model called `name`; nothing written yet."""
    rows = tuple(_row(number, row, priced) for number, row in enumerate(priced.rows, start=1))
    refused = tuple(RefusedRow(item.change.text, item.reason) for item in priced.refused)
    return WhatIfDocument(name, form, target, core, priced.price, rows, refused, None, ())


def _row(number: int, row: Row, priced: PricedChanges) -> ChangeRow:
    before = priced.price
    stock = before.arena_bytes - row.price.arena_bytes > before.arena_bytes * _NOTICED
    fitted = (
        before.fitted_bytes is not None
        and row.price.fitted_bytes is not None
        and before.fitted_bytes - row.price.fitted_bytes > before.fitted_bytes * _NOTICED
    )
    what = "; ".join(f"{change.setting.partition('.')[0]}: {change.note}" for change in row.changes)
    return ChangeRow(
        number, row.settings, what, row.needs.value, row.at_peak, (row.at_peak and stock) or fitted, row.price
    )
