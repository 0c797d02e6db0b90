"""The answer of `sweep`."""

from arenafit.report.documents.answers.answer import (
    SAMPLES,
    Answer,
    Budget,
    NextStep,
    Place,
    arena_result,
    beside,
    command,
    operand,
)
from arenafit.report.documents.sweep import DeliveredRow, PointRow, SweepDocument
from arenafit.targets.boards import Board
from arenafit.units import format_count, format_size

_ITSELF = "both arenas are this trial's, before and after fit"


def sweep_answer(document: SweepDocument, board: Board | None, place: Place, model: str | None) -> Answer:
    """Return what `sweep` answers: of the point picked, else of the smallest on the front.

    `model` is the file it was made over; None for training code.
    """
    where = place.options
    picked = next((row for row in document.delivered if row.is_pick), None)
    priced = [row for row in document.points if row.on_front and row.fitted_bytes is not None]
    least = min(priced, key=lambda row: (row.fitted_bytes or 0, row.trial), default=None)
    found = least if picked is None else picked
    looked = document.counts.completed + document.counts.given_up
    if found is None or found.fitted_bytes is None:
        return Answer(
            result=f"no model was found: {format_count(looked, 'candidate')} looked at, none completed",
            verdict=next(iter(document.reasons), "nothing was given up: name more --trials or --cpu-time"),
            needs="nothing is delivered",
            next=() if model is None else (NextStep(command("whatif", operand(model), *where), "what may vary"),),
        )
    verdict, fitting, spare = _budget(document, board).verdict(found.fitted_bytes, found.flash_bytes)
    arena = arena_result(found.stock_bytes, found.fitted_bytes, place.text)
    return Answer(
        result=f"{arena}; trial {found.trial} of {format_count(looked, 'candidate')}",
        verdict=verdict,
        needs=f"{_loss(found)}; {_ITSELF}; {format_size(found.flash_bytes)} bytes of flash; "
        f"settings: {' '.join(found.settings)}",
        next=_next(found, model, where, fitting),
        fits=fitting,
        spare_bytes=spare,
        options=where,
    )


def _budget(document: SweepDocument, board: Board | None) -> Budget:
    limit = document.ram_bytes
    if board is not None and limit in (None, board.on_chip_bytes):
        return Budget(board)
    return Budget(None, limit, "" if limit is None else f"an arena of {format_size(limit)} bytes")


def _loss(found: PointRow | DeliveredRow) -> str:
    if isinstance(found, PointRow):
        trained = "priced, not trained" if found.loss is None else f"loss {found.loss:.4g} on validation samples"
        return trained if found.drop is None else f"{trained}, {found.drop:+.2%} against the original"
    if found.drop is not None:
        return f"trained; {found.drop:+.2%} against the original on {format_count(found.evaluated_on, 'sample')} unseen"
    losses = ", ".join(f"{loss:.4g}" for loss in found.validation)
    return f"trained; loss {losses} on validation samples" if losses else "trained"


def _next(
    found: PointRow | DeliveredRow, model: str | None, where: tuple[str, ...], fitting: bool | None
) -> tuple[NextStep, ...]:
    if isinstance(found, PointRow):
        if model is None:
            return ()
        folder = beside(model, "sweep")
        search = command("sweep", operand(model), "--data", SAMPLES, *where, "-o", folder)
        return (NextStep(search, "trains what is worth it, and delivers models"),)
    if found.model is None:
        return ()
    name = operand(found.model)
    if fitting is None:
        return (NextStep(command("inspect", name, "--board", "NAME"), "whether it fits your board"),)
    return (NextStep(command("check", name, *where), "in CI: fails as soon as it does not fit any more"),)
