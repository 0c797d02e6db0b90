"""The combinations that a search begins with: the model as it is, then a few changes at a time, drawn by the seed.

Drawn at random with all parameters at once, nearly every candidate would be changed beyond use.
"""

import numpy as np

from arenafit.sweep.space import IO, RECIPE, Params, Space

_KEPT = 0.75
COUNT = 12


def starts(space: Space, seed: int, count: int = COUNT) -> list[Params]:
    """Return distinct combinations, the defaults first; most parameters of each have their default."""
    random = np.random.default_rng(seed)
    found = [space.defaults]
    for _ in range(20 * count):
        if len(found) >= min(count, space.size):
            break
        params = space.defaults
        for item in space.parameters:
            structural = bool(item.choices) and item.name not in (RECIPE, IO)
            if item.count == 1 or (random.random() < _KEPT and structural):
                continue
            if item.name in (RECIPE, IO):
                continue  # the first one until something is known
            place = int(random.integers(0, item.count))
            params[item.name] = item.choices[place] if item.choices else item.low + place * item.step
        if params not in found:
            found.append(params)
    return found
