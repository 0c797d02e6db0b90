"""The plan of the best candidate, among those that the target cannot tell apart the lowest for other kernels.

Where the target's scratch buffers are the peak, its plan has room to spare that other kernels would pay for: those of
the reference build, of which nearly none asks for scratch, and of a firmware built without CMSIS-NN or ESP-NN.
"""

from dataclasses import replace

from arenafit.fit.search.candidates import Candidate, build, conflict, stream
from arenafit.fit.search.evaluation import PlacementBudget
from arenafit.fit.settings import Settings
from arenafit.targets.target import WHEEL
from arenafit.tflm.footprints import footprint

# Of all work, what this may take on top of it: the search may have used up the whole.
_PART = 12
# Where memory alone is asked for; guards of another size are copied otherwise by older TFLM.
_HARDLY_SLOWER = 1.001


def lower_elsewhere(best: Candidate, settings: Settings) -> Candidate | None:
    """Return `best` with a plan as good for the target and lower with the reference kernels; None if none is."""
    plain = WHEEL.kernels
    if best.recipe is None or best.feed is not None or settings.only_these_kernels:
        return None
    if settings.target.kernels == plain:
        return None
    patience = PlacementBudget(200, steps=settings.steps // _PART, kernels=plain)
    made = build(stream(best.recipe, settings), settings, best.recipe, patience)
    there = replace(settings.target, kernels=plain)
    now, then = (footprint(item.priced.model, there).min_arena_bytes for item in (best, made))
    slowest = best.instructions if settings.time_counts else best.instructions * _HARDLY_SLOWER
    costs_more = made.arena_bytes > best.arena_bytes or made.instructions > slowest
    if costs_more or then >= now or conflict(made.priced.model, settings) is not None:
        return None
    return made
