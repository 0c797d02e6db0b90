"""A sweep as a document: trials, the front, the points delivered with what TFLM measured and the verdict on each."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from arenafit.accuracy.scores import OutputScore
from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.document import Document
from arenafit.sweep.finish import Final
from arenafit.sweep.front import DEFAULT_MAX_DROP, Point
from arenafit.sweep.run import Counts, Swept


@dataclass(frozen=True, slots=True)
class PointRow:
    """A completed trial. Arenas and flash in bytes.

    `loss` and `drop` are those on validation samples, None if nothing is trained; `error` is the standard error of the
    drop. `on_front`: nothing else is better; `beyond_chance`: and that by more than a standard error.
    `predicted_equal`: the price before training was that of the trained model.
    """

    trial: int
    settings: tuple[str, ...]
    params: dict[str, Any]
    fitted_bytes: int | None
    stock_bytes: int
    flash_bytes: int
    instructions: int
    macs: int
    loss: float | None
    drop: float | None
    error: float | None
    on_front: bool
    beyond_chance: bool
    predicted_equal: bool | None


@dataclass(frozen=True, slots=True)
class DeliveredRow:
    """A chosen point as delivered: `model` is the fitted file, `stock_model` the same before `fit`.

    Bytes are predicted and measured on the wheel. `validation` holds the loss of each seed. `verdict`: each output
    against the original on the evaluation samples, used here for the first time; `evaluated_on` counts them. Training
    code has no original: `drop` is None, and only what is right by the labels means anything.
    """

    trial: int
    settings: tuple[str, ...]
    params: dict[str, Any]
    model: str | None
    stock_model: str | None
    fitted_bytes: int
    fitted_measured_bytes: int | None
    stock_bytes: int
    stock_measured_bytes: int | None
    flash_bytes: int
    instructions: int
    validation: tuple[float, ...]
    validation_drop: float | None
    drop: float | None
    verdict: tuple[dict[str, Any], ...]
    evaluated_on: int
    proof: str
    is_pick: bool


@dataclass(frozen=True)
class SweepDocument(Document):
    """What a sweep found.

    `pick` is the trial of the smallest point delivered within the loss allowed, None if there is none; `importances`
    tell for each objective how much each parameter matters (shares).
    """

    NAME: ClassVar[str] = "sweep"
    VERSION: ClassVar[int] = 1

    storage: str
    model: str
    target: str
    objectives: tuple[str, ...]
    ram_bytes: int | None
    max_drop: float | None
    counts: Counts
    reasons: dict[str, int]
    cpu_seconds: float
    points: tuple[PointRow, ...]
    delivered: tuple[DeliveredRow, ...]
    pick: int | None
    importances: dict[str, dict[str, float]]
    written: tuple[str, ...]
    answer: Answer | None = None

    def headline(self) -> str:
        """Return the sweep in one line."""
        front = sum(row.on_front for row in self.points)
        looked = self.counts.completed + self.counts.given_up
        return f"{len(self.points)} of {looked} trials completed, {front} on the front"


def sweep_document(
    storage: str, swept: Swept, files: Mapping[int, tuple[str, str]], written: tuple[str, ...] = ()
) -> SweepDocument:
    """Return the document of a sweep; `files` are the fitted and the stock model of each trial delivered."""
    plan, status = swept.config.plan, swept.status
    on_front = {item.number for item in status.front}
    beyond = {item.number for item in status.beyond_chance}
    points = tuple(
        _point(item, on_front=item.number in on_front, beyond=item.number in beyond) for item in status.points
    )
    pick = pick_of(swept.finals, plan.max_drop)
    rows = tuple(_delivered(item, files, pick) for item in swept.finals)
    name = plan.model or plan.train or ""
    return SweepDocument(
        storage,
        name,
        plan.place()[0].name,
        plan.aims,
        plan.ram_bytes,
        plan.max_drop,
        status.counts,
        dict(status.reasons),
        round(status.cpu_seconds, 1),
        points,
        rows,
        pick,
        swept.importances,
        written,
    )


def pick_of(finals: tuple[Final, ...], max_drop: float | None) -> int | None:
    """Return the trial of the smallest point within the loss allowed on validation samples, else of the least loss.

    Evaluation samples choose nothing.
    """
    if not finals:
        return None
    most = DEFAULT_MAX_DROP if max_drop is None else max_drop
    within = [item for item in finals if _validation_drop(item) <= most]
    if within:
        return min(within, key=lambda item: (item.predicted_bytes, item.seeded.point.number)).seeded.point.number
    return min(finals, key=lambda item: (item.seeded.best.of("loss"), item.seeded.point.number)).seeded.point.number


def _validation_drop(final: Final) -> float:
    point, best = final.seeded.point, final.seeded.best
    if best.loss is not None and best.loss.drop != 0.0:
        return best.loss.drop
    return 0.0 if point.loss is None else point.loss.drop


def _point(item: Point, *, on_front: bool, beyond: bool) -> PointRow:
    loss = item.loss
    return PointRow(
        item.number,
        item.settings,
        dict(item.params),
        item.figures.fitted,
        item.figures.stock,
        item.figures.flash,
        item.figures.instructions,
        item.figures.macs,
        None if loss is None else loss.mean,
        None if loss is None else loss.drop,
        None if loss is None else loss.error,
        on_front,
        beyond,
        None
        if item.priced is None
        else (item.priced.stock, item.priced.fitted) == (item.figures.stock, item.figures.fitted),
    )


def _delivered(item: Final, files: Mapping[int, tuple[str, str]], pick: int | None) -> DeliveredRow:
    point = item.seeded.point
    fitted, stock = files.get(point.number, (None, None))
    drop = max((found.drop for found in item.scores), default=None) if item.has_original else None
    last = item.fit.steps[-1]
    return DeliveredRow(
        point.number,
        point.settings,
        dict(point.params),
        fitted,
        stock,
        item.predicted_bytes,
        item.measured_bytes,
        item.stock_predicted_bytes,
        item.stock_measured_bytes,
        last.flash_bytes,
        last.instructions,
        item.seeded.losses,
        _validation_drop(item),
        drop,
        tuple(_verdict(found) for found in item.scores),
        item.samples,
        item.fit.verdict.proof,
        point.number == pick,
    )


def _verdict(found: OutputScore) -> dict[str, Any]:
    return asdict(found)
