"""The combinations that a search begins with: the model as it is, then a ladder over all sizes, found by price alone.

Before anything is trained, what is computed within an arena tells best which candidates will do well. Many combinations
are drawn and priced, those that compute most for their arena are varied and priced again, and a few of them, of sizes
as different as can be, are what the search begins with.
"""

import json
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from arenafit.sweep.space import Params, Space
from arenafit.sweep.variation import child, drawn

COUNT = 12
# So many combinations are drawn and priced for each that is taken, and as many made of the best, some times over.
_PRICED, _ROUNDS = 7, 4
_TRIES = 20

# The arena (bytes) and multiply-accumulates of a combination, None where there is no such model or it is not worth it.
Price = Callable[[Params], tuple[int, int] | None]
_Priced = tuple[int, int, Params]


def starts(space: Space, seed: int, price: Price | None = None, count: int = COUNT) -> list[Params]:
    """Return up to `count` distinct combinations, the defaults first; most parameters of each have their default.

    With a `price` they are spread over the arena's size, small ones being closer to each other, and of those of about
    the same size the one with the most multiply-accumulates is taken.
    """
    if count == 1:
        return [space.defaults]
    random = np.random.default_rng(seed)
    pool = _Pool(space)
    wanted = count if price is None else _PRICED * count
    for _ in range(_TRIES * wanted):
        if len(pool.found) >= min(wanted, space.size):
            break
        pool.take(drawn(space, random))
    if price is None:
        return pool.found[:count]
    priced = _priced(price, pool.found[1:])
    for _ in range(_ROUNDS):
        parents = [item[2] for item in _best(priced)]
        if not parents:
            break
        first = len(pool.found)
        for _ in range(wanted):
            pool.take(child(space, parents, random))
        priced += _priced(price, pool.found[first:])
    return [pool.found[0], *_ladder(priced, count)]


class _Pool:
    """Distinct combinations, the defaults first."""

    def __init__(self, space: Space) -> None:
        self.found = [space.defaults]
        self._known = {_text(space.defaults)}

    def take(self, params: Params) -> None:
        text = _text(params)
        if text not in self._known:
            self._known.add(text)
            self.found.append(params)


def _text(params: Params) -> str:
    return json.dumps(params, sort_keys=True)


def _priced(price: Price, combinations: list[Params]) -> list[_Priced]:
    return [(*found, params) for params in combinations if (found := price(params)) is not None]


def _best(priced: list[_Priced]) -> list[_Priced]:
    """Return those that compute more than all that take no more, the smallest first."""
    kept: list[_Priced] = []
    for item in sorted(priced, key=lambda item: (item[0], -item[1])):
        if not kept or item[1] > kept[-1][1]:
            kept.append(item)
    return kept


def _ladder(priced: list[_Priced], count: int) -> list[Params]:
    if not priced:
        return []
    sizes = [size for size, _, _ in priced]
    limits = np.geomspace(min(sizes), max(sizes) + 1, count)
    found = []
    for low, high in pairwise(limits):
        within = [item for item in priced if low <= item[0] < high]
        if within:
            found.append(max(within, key=lambda item: item[1])[2])
    return found
