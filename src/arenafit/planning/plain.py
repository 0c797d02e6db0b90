"""Exact search for instances in which what matters is plain: free to move, and overlapping with nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import gcd

import numpy as np

from arenafit.planning.branch_and_bound import RANKINGS, Items, Ranking, Search, Vector, restarting, search
from arenafit.planning.height_bisection import HeightSpan, Start, descend
from arenafit.planning.instance import Instance, is_plain
from arenafit.planning.presolve import Reduced, restored
from arenafit.planning.work import Work

# The search by sections goes one Python frame deeper per item; above this many it would meet the recursion limit.
_MOST_ITEMS = 600


@dataclass(frozen=True, slots=True)
class Task:
    """Find positions of all items below those of `hint`; heights are in units."""

    instance: Instance
    reduced: Reduced
    hint: list[int]
    span: HeightSpan
    work: Work
    seed: int
    turns: int | None = None  # None: as many as the work allows


@dataclass(frozen=True, slots=True)
class Known:
    """The lowest positions known at the end of a search, and the height that is proved to be needed."""

    positions: list[int]
    lowest: int


def searchable(reduced: Reduced) -> bool:
    """Whether `search_plain` can take the items that matter."""
    count = len(reduced.core.sizes)
    return 0 < count <= _MOST_ITEMS and all(is_plain(reduced.core, item) for item in range(count))


def search_plain(task: Task) -> Known:
    """Search the items that matter, and where they are plain too all items: of the two, either can be the easier."""
    kept, instance, span = task.reduced.kept, task.instance, task.span
    # What lives at no step takes no room; a section that holds it would.
    solid = [
        item for item, size in enumerate(instance.sizes) if size and instance.lives[item][0] < instance.lives[item][1]
    ]
    wide = len(kept) < len(solid) <= _MOST_ITEMS and all(is_plain(instance, item) for item in solid)
    unit = gcd(*(instance.sizes[item] for item in (solid if wide else kept)))
    core = _items(instance, kept, unit)
    starts: list[Start] = [partial(search, core, ranking=ranking) for ranking in RANKINGS]
    if wide:
        everything, of_core = _items(instance, solid, unit), np.searchsorted(solid, kept)
        starts = starts[:1] + [partial(_wide, everything, of_core, ranking) for ranking in RANKINGS]
    starts.append(partial(restarting, core, seed=task.seed))
    height = max(task.hint[item] + instance.sizes[item] for item in kept)
    units = HeightSpan(-(-span.lowest // unit), -(-height // unit), span.goal // unit)
    descent = descend(starts, core.sizes, units, task.work, task.turns)
    lowest = max(span.lowest, descent.lowest * unit)
    if descent.positions is None:
        return Known(task.hint, lowest)
    return Known(restored(instance, task.reduced, [int(at) * unit for at in descent.positions]), lowest)


def _items(instance: Instance, chosen: Sequence[int], unit: int) -> Items:
    """Return items with their sizes in multiples of `unit`, which divides them."""
    return Items(
        np.array([instance.sizes[item] // unit for item in chosen], dtype=np.int64),
        np.array([instance.lives[item][0] for item in chosen], dtype=np.int64),
        np.array([instance.lives[item][1] for item in chosen], dtype=np.int64),
    )


def _wide(everything: Items, of_core: Vector, ranking: Ranking, limit: int) -> Search:
    """Search all items, but answer with those of the core."""
    answer = yield from search(everything, limit, ranking)
    return None if answer is None else answer[of_core]
