"""What a search hands out: options of a graph to list, recipes to price. Each gives the same wherever it is done."""

from collections import OrderedDict
from dataclasses import dataclass

from arenafit.fit.search.candidates import Base, Candidate, Recipe, Streams, build, stream
from arenafit.fit.search.enumeration import Listed, Listing, listed
from arenafit.fit.search.evaluation import PlacementBudget
from arenafit.fit.search.fed_rows import UnsafeScratchError
from arenafit.fit.settings import Settings
from arenafit.planning.work import Work

# Models of loops kept for being placed once more, or written in another way.
_STREAMS_KEPT = 64


@dataclass(frozen=True, slots=True)
class Pricing:
    """Make the candidate of a recipe, and look for its plan with so much patience."""

    recipe: Recipe
    patience: PlacementBudget


@dataclass(frozen=True, slots=True)
class Enumeration:
    """List options of a base."""

    base: Base
    listing: Listing


Task = Pricing | Enumeration


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: what it asked for, or why that could not be made; and the steps it took."""

    steps: int
    candidate: Candidate | None = None
    options: Listed = ()
    failure: str | None = None


class Bench:
    """Does tasks, and keeps models that were written down for the next task about them."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._streams: OrderedDict[tuple[object, ...], Streams] = OrderedDict()

    def run(self, task: Task, seconds: float | None = None) -> Outcome:
        """Return the outcome of a task; one to price that fails is an outcome, too. `seconds` is a cap."""
        work = Work(seconds=seconds)
        if isinstance(task, Enumeration):
            found = listed(task.base.ground, task.base.live(self._settings), self._settings, task.listing, work)
            return Outcome(work.spent, options=found)
        try:
            streams = self._streamed(task.recipe)
            made = build(streams, self._settings, task.recipe, task.patience, work=work)
        except UnsafeScratchError:
            return Outcome(work.spent)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other candidates are not to be lost for it
            return Outcome(work.spent, failure=f"{type(error).__name__}: {error}")
        return Outcome(work.spent, made)

    def _streamed(self, recipe: Recipe) -> Streams:
        key = recipe.key
        found = self._streams.pop(key, None) or stream(recipe, self._settings)
        self._streams[key] = found
        if len(self._streams) > _STREAMS_KEPT:
            self._streams.popitem(last=False)
        return found
