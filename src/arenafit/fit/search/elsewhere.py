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
# So many parts of the room that scratch buffers might leave are tried, and less work for each.
_PARTS = 8
# Where memory alone is asked for; guards of another size are copied otherwise by older TFLM.
_HARDLY_SLOWER = 1.001


def lower_elsewhere(best: Candidate, settings: Settings) -> Candidate | None:
    """Return `best` with a plan as good for the target and lower with the reference kernels; None if none is."""
    plain = WHEEL.kernels
    recipe = best.recipe
    if recipe is None or best.feed is not None or settings.only_these_kernels:
        return None
    if settings.target.kernels == plain:
        return None
    there = replace(settings.target, kernels=plain)
    slowest = best.instructions if settings.time_counts else best.instructions * _HARDLY_SLOWER

    def planned(patience: PlacementBudget) -> Candidate:
        return build(stream(recipe, settings), settings, recipe, patience)

    def height(candidate: Candidate) -> int:
        return footprint(candidate.priced.model, there).min_arena_bytes

    def is_as_good(made: Candidate) -> bool:
        cheap = made.arena_bytes <= best.arena_bytes and made.instructions <= slowest
        return cheap and height(made) < now and conflict(made.priced.model, settings) is None

    now, steps = height(best), settings.steps // _PART
    lowest = planned(PlacementBudget(200, steps=steps, kernels=plain))
    if is_as_good(lowest):
        return lowest
    # Scratch buffers that stand higher by a part of what is between the two leave the rest to the tensors.
    between = now - height(lowest)
    parts = sorted({between * part // _PARTS for part in range(1, _PARTS)} - {0}) if between > 0 else []
    budgets = (PlacementBudget(200, steps=steps // _PARTS, less_room_bytes=part) for part in parts)
    good = filter(is_as_good, map(planned, budgets))
    return min(good, key=height, default=None)
