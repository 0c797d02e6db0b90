"""What could be done about a model's arena, and what each would buy: rewrites made, planned and priced, not guessed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from arenafit.errors import UnsupportedModelError
from arenafit.fit import Progress, Settings
from arenafit.fit.search.candidates import Candidate, instructions
from arenafit.fit.search.driver import Search
from arenafit.fit.search.evaluation import PlacementBudget, price
from arenafit.ir import DType, Model
from arenafit.report.documents.whatif import whatif_document
from arenafit.rewrites.protocol import Move, Rewrite
from arenafit.structure.pricing import Pricer, price_changes
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint

_LISTED = 8
_LISTED_STRUCTURES = 6


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A change, and the model after it as predicted; `saved_bytes` is what its smallest arena is smaller by.

    `kind`: plan (an offline plan alone), clean-up (one rewrite alone, planned), search (what the search for a smaller
    arena found). `instructions_ratio` compares estimates for one Invoke.
    """

    kind: str
    what: str
    arena_bytes: int
    saved_bytes: int
    instructions_ratio: float
    flash_change_bytes: int


@dataclass(frozen=True, slots=True)
class Structure:
    """Another structure at the memory's peak: the model would compute something else.

    `settings` is what ``whatif --set`` takes; `needs`: ``keeps weights`` (`prune` can make it from the trained ones),
    ``retrain``, or ``retrain, other input``. Figures are those of stock TFLM, as in `Opportunity`.
    """

    settings: tuple[str, ...]
    what: str
    needs: str
    arena_bytes: int
    saved_bytes: int
    instructions_ratio: float
    flash_change_bytes: int


@dataclass(frozen=True, slots=True)
class Opportunities:
    """All priced changes, those that save most first; `advice` is what is worth trying and could not be priced.

    `rows` leave the outputs as they are; `structures` do not.
    """

    figures: str  # "predicted"
    arena_bytes: int
    candidates: int
    rows: tuple[Opportunity, ...]
    advice: tuple[str, ...]
    structures: tuple[Structure, ...] = ()


def opportunities(
    model: Model, settings: Settings, *, report: Callable[[Progress], None] = lambda _: None
) -> Opportunities:
    """Return what could be done about `model`, priced for the target of `settings`, within its effort.

    Args:
        model: the model as it is.
        settings: target and effort of the search; with none, plan and clean-up alone are priced.
        report: called with the search's progress.

    Raises:
        UnsupportedModelError: if an operator's kernel is not known, so that nothing has an exact price.
    """
    start_bytes = footprint(model, settings.target).min_arena_bytes
    pricer = _Pricer(settings, start_bytes, max(1, instructions(model, settings)), len(write_bytes(model)))
    rows = [pricer.planned("plan", "an offline plan written into the model, the graph as it is", model)]
    rows += [pricer.planned("clean-up", what, changed) for what, changed in _alone(model)]
    search = Search(model, settings, report)
    rows += [pricer.found(candidate) for candidate in search.run() if candidate.stages]
    rows = [row for row in _distinct(rows) if row.saved_bytes > 0]
    return Opportunities(
        figures="predicted",
        arena_bytes=start_bytes,
        candidates=len(search.found),
        rows=tuple(_shortened(sorted(rows, key=lambda row: (-row.saved_bytes, row.instructions_ratio)))),
        advice=tuple(_advice(model)),
        structures=tuple(islice(_structures(model, settings), _LISTED_STRUCTURES)),
    )


def _structures(model: Model, settings: Settings) -> Iterator[Structure]:
    """Yield what `whatif` lists of `model`, the smallest arena first; nothing where it cannot change it."""
    pricer = Pricer(settings.target)
    try:
        priced = price_changes(model, pricer)
    except UnsupportedModelError:
        return
    document = whatif_document("", "as it is", settings.target.name, pricer.core.value, priced)
    before = document.before
    for row in document.rows:
        if not row.listed:
            continue
        yield Structure(
            settings=row.settings,
            what=row.what,
            needs=row.needs,
            arena_bytes=row.price.arena_bytes,
            saved_bytes=before.arena_bytes - row.price.arena_bytes,
            instructions_ratio=round(row.price.instructions / max(1, before.instructions), 4),
            flash_change_bytes=row.price.flash_bytes - before.flash_bytes,
        )


@dataclass(frozen=True, slots=True)
class _Pricer:
    settings: Settings
    arena_bytes: int
    instructions: int
    flash_bytes: int

    def planned(self, kind: str, what: str, model: Model) -> Opportunity:
        """Return what `model` takes with a plan written into it."""
        priced = price(model, self.settings.target, patience=PlacementBudget(40))
        return self._row(kind, what, priced.model, priced.arena_bytes, instructions(priced.model, self.settings))

    def found(self, candidate: Candidate) -> Opportunity:
        """Return a candidate of the search as a row."""
        what = "; ".join(stage.move.note or stage.move.rewrite for stage in candidate.stages)
        return self._row("search", what, candidate.priced.model, candidate.arena_bytes, candidate.instructions)

    def _row(self, kind: str, what: str, model: Model, arena_bytes: int, instructions: int) -> Opportunity:
        return Opportunity(
            kind=kind,
            what=what,
            arena_bytes=arena_bytes,
            saved_bytes=self.arena_bytes - arena_bytes,
            instructions_ratio=round(instructions / self.instructions, 4),
            flash_change_bytes=len(write_bytes(model)) - self.flash_bytes,
        )


def _alone(model: Model) -> Iterator[tuple[str, Model]]:
    """Each clean-up rewrite by itself, made as often as it offers to be."""
    from arenafit.rewrites.pipeline import all_rewrites  # noqa: PLC0415  # walks the registry when first used

    for rewrite in all_rewrites():
        if not rewrite.cleanup:
            continue
        changed, moves = _exhausted(rewrite, model)
        if moves:
            yield _summary(rewrite, moves), changed


def _exhausted(rewrite: Rewrite, model: Model) -> tuple[Model, list[Move]]:
    moves: list[Move] = []
    limit = len(model.ops) + len(model.tensors)
    while len(moves) <= limit and (move := next(iter(rewrite.propose(model)), None)) is not None:
        model = rewrite.apply(model, move)
        moves.append(move)
    return model, moves


def _summary(rewrite: Rewrite, moves: list[Move]) -> str:
    first = moves[0].note or rewrite.name
    more = f", and {len(moves) - 1} more" if len(moves) > 1 else ""
    return f"{rewrite.name.replace('_', ' ')}: {first}{more}"


def _distinct(rows: list[Opportunity]) -> Iterator[Opportunity]:
    # A clean-up that buys no more than the plan alone is no opportunity of its own.
    plan_bytes = next(row.arena_bytes for row in rows if row.kind == "plan")
    seen: set[tuple[int, float, str]] = set()
    for row in rows:
        key = (row.arena_bytes, row.instructions_ratio, row.kind)
        if key in seen or (row.kind == "clean-up" and row.arena_bytes >= plan_bytes):
            continue
        seen.add(key)
        yield row


def _shortened(rows: list[Opportunity]) -> list[Opportunity]:
    """The rows without those of the search that stand close together; the first and all other kinds stay."""
    found = [row for row in rows if row.kind == "search"]
    if len(found) > _LISTED:
        places = {round(step * (len(found) - 1) / (_LISTED - 1)) for step in range(_LISTED)}
        found = [row for place, row in enumerate(found) if place in places]
    return [row for row in rows if row.kind != "search" or row in found]


def _advice(model: Model) -> Iterator[str]:
    planned = [tensor for tensor in model.all_tensors() if not tensor.is_constant]
    if any(tensor.dtype is DType.FLOAT32 and tensor.size_bytes for tensor in planned):
        yield (
            "Activations are float32; int8 takes a quarter of their bytes. Not priced here, because what it costs in"
            " accuracy depends on data: arenafit quantize measures both."
        )
