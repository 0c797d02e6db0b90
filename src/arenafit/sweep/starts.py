"""The combinations that a search begins with: the model as it is, then a few changes at a time, drawn by the seed.

Drawn at random with all parameters at once, nearly every candidate would be changed beyond use. Of many that are drawn
those are taken that compute most within their arena: before anything is trained, that tells best which will do well.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from arenafit.sweep.space import IO, RECIPE, Params, Space

_KEPT = 0.75
COUNT = 12
_DRAWN = 20 * COUNT

# The arena (bytes) and multiply-accumulates of a combination, None where there is no such model or it is not worth it.
Price = Callable[[Params], tuple[int, int] | None]


def starts(space: Space, seed: int, price: Price | None = None, count: int = COUNT) -> list[Params]:
    """Return up to `count` distinct combinations, the defaults first; most parameters of each have their default.

    With a `price` they are spread over the arena's size, small ones being closer to each other, and of those of about
    the same size the one with the most multiply-accumulates is taken.
    """
    drawn = _drawn(space, seed, count if price is None else _DRAWN)
    if price is None:
        return drawn
    priced = [(*found, params) for params in drawn[1:] if (found := price(params)) is not None]
    if not priced:
        return drawn[:1]
    sizes = [size for size, _, _ in priced]
    limits = np.geomspace(min(sizes), max(sizes) + 1, count)
    begun = [drawn[0]]
    for low, high in pairwise(limits):
        within = [item for item in priced if low <= item[0] < high]
        if within:
            begun.append(max(within, key=lambda item: item[1])[2])
    return begun


def _drawn(space: Space, seed: int, count: int) -> list[Params]:
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
