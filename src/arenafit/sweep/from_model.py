"""The space of a `.tflite` alone: the changes that `whatif` knows, channels by count, precision, inputs and outputs."""

from arenafit.ir import Model
from arenafit.structure.channels import channels
from arenafit.structure.kinds import kinds, proposals
from arenafit.structure.naming import short_name
from arenafit.structure.pricing import Pricer, price_changes
from arenafit.structure.protocol import WHOLE
from arenafit.structure.width import LANES, share_of
from arenafit.sweep.space import IO, KEEP, RECIPE, Parameter, Space
from arenafit.targets.target import Target

# Layers of which each gets a parameter of its own; in larger models all have one together.
_MOST_LAYERS = 6
# Changes of so many operators at most, those at the peak first.
_MOST_SETTINGS = 14
_SHARES = (1.0, 0.75, 0.5, 0.375, 0.25, 0.125)
_SEVERAL = 2
# Of the rows and columns, or steps, beside those that `whatif` proposes: what is left of the arena after `fit` is the
# input most of all, and here samples tell what a resolution loses.
_RESOLUTIONS = ("0.375", "0.25")


def space_of_model(model: Model, target: Target) -> Space:
    """Return the space of a float model: every setting that `whatif` proposes, and lower resolutions.

    The default is the model as it is. In large models only the settings of operators at the memory's peak, and one
    share for all channels.
    """
    found: dict[str, list[str]] = {}
    for change in proposals(model):
        if change.kind != kinds()["width"].name:
            found.setdefault(change.setting, []).append(change.value)
    resolution = kinds()["resolution"].key
    if resolution in found:
        found[resolution] += _RESOLUTIONS
    if len(found) > _MOST_SETTINGS:
        found = _at_the_peak(model, target, found)
    parameters = [Parameter(setting, (KEEP, *values)) for setting, values in found.items()]
    parameters += _widths(model)
    parameters += [Parameter(RECIPE, ("int8", "int16x8")), Parameter(IO, ("int8",))]
    return Space(tuple(parameters))


def _at_the_peak(model: Model, target: Target, found: dict[str, list[str]]) -> dict[str, list[str]]:
    rows = price_changes(model, Pricer(target)).rows
    ranked: dict[str, None] = {}
    for row in sorted(rows, key=lambda item: (not item.at_peak, item.price.arena_bytes)):
        ranked.setdefault(row.changes[0].setting)
    kept = [setting for setting in ranked if setting in found][:_MOST_SETTINGS]
    return {setting: values for setting, values in found.items() if setting in kept}


def _widths(model: Model) -> list[Parameter]:
    layers = channels(model).layers
    names = {op: f"{short_name(model.main, model.ops[op])}.channels" for op in layers}
    whole = Parameter(f"{WHOLE}.channels", tuple(KEEP if share == 1.0 else f"{share:g}" for share in _SHARES))
    if len(layers) > _MOST_LAYERS:
        return [whole]
    made = []
    for op, labels in layers.items():
        count = len(labels)
        if count >= _SEVERAL * LANES and count % LANES == 0:
            made.append(Parameter(names[op], (), LANES, count, LANES))
        elif count >= _SEVERAL:
            counts = dict.fromkeys(share_of(count, share) for share in _SHARES)
            made.append(Parameter(names[op], tuple(counts)))
    return made
