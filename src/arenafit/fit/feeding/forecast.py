"""What `fit --feed rows` would give, predicted and searched for briefly."""

from dataclasses import dataclass, replace

from arenafit.fit.feeding.entry import chosen_input, entry
from arenafit.fit.kept_state import kept_in_tail
from arenafit.fit.search.driver import Search
from arenafit.fit.settings import FedInput, Settings
from arenafit.ir import Model
from arenafit.rewrites.protocol import Validity

# A forecast has to be cheap: its share of the effort.
_SHARE = 16
_STEPS = 1000


@dataclass(frozen=True, slots=True)
class RowsForecast:
    """What feeding an input by rows would give: a real fit mostly finds less."""

    arena_bytes: int
    rows_per_call: int
    calls: int


def predicted_rows(model: Model, settings: Settings) -> RowsForecast | None:
    """Return what `fit` of `model` by rows would give, None if that cannot be, or a brief search finds nothing."""
    if settings.feed is not None or not settings.rolls or not model.main.inputs or kept_in_tail(model) is not None:
        return None
    wanted = FedInput()
    if entry(model, chosen_input(model, wanted.name)) is None:
        return None
    brief = replace(
        settings, feed=wanted, validity=Validity.TFLM, effort=max(1, settings.steps // _SHARE // _STEPS), samples=()
    )
    found = Search(model, brief, lambda _: None).run()
    if not found or found[0].feed is None:
        return None
    return RowsForecast(found[0].arena_bytes, found[0].feed.rows_per_call, found[0].feed.calls)
