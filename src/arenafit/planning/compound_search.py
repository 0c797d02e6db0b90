"""First fit of compounds in an order, and again after one of them moved forward in it, at the cost of what changes.

Everything here is in units of the alignment: all offsets are multiples of it, so that a forbidden range of distances is
one between whole units.
"""

import random
from collections.abc import Iterable, Sequence
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import permutations
from operator import add

from arenafit.records import record

# So few compounds are placed in every order there is.
_ALL_ORDERS = 4

Ranges = tuple[tuple[int, int], ...]  # open intervals of forbidden distances


@record(frozen=True)
class Placed:
    """Compounds in the order they were placed, their offsets, and the height these reach."""

    order: list[int]
    offsets: list[int]
    height: int

    @cached_property
    def ranks(self) -> list[float]:
        """The position of each compound in the order."""
        ranks = [0.0] * len(self.order)
        for rank, item in enumerate(self.order):
            ranks[item] = rank
        return ranks


class FirstFit:
    """Places compounds by first fit. `steps` counts what that took: rivals looked at, and compounds passed over.

    Args:
        sizes: of the compounds.
        conflicts: for each the distances (its offset - the other's) that are forbidden, by the other.
    """

    def __init__(self, sizes: Sequence[int], conflicts: Sequence[dict[int, Ranges]]) -> None:
        self.sizes = sizes
        self.steps = 0
        self.rivals = [sorted(by_other) for by_other in conflicts]
        self._forbidden = [
            [(other, low, high) for other, ranges in by_other.items() for low, high in ranges] for by_other in conflicts
        ]
        self._tops: tuple[Placed, list[int]] | None = None

    def place(self, order: Sequence[int]) -> Placed:
        """Return every compound as low as those before it in `order` let it."""
        found = Placed(list(order), [-1] * len(self.sizes), 0)
        offsets, ranks = found.offsets, found.ranks
        for item in order:
            offsets[item] = self._lowest(item, offsets, ranks)
        return Placed(found.order, offsets, self._height(offsets))

    def promoted(self, known: Placed, chance: random.Random, limit: int) -> Placed | None:
        """Return the placement after a compound at the top, or one in its way, moved forward; None above `limit`.

        It is what `place` makes of the new order: what stands beside nothing that moved stays where it was.
        """
        order, before, sizes = known.order, known.offsets, self.sizes
        ranks = known.ranks.copy()
        chosen, begin = self._choice(known, chance)
        was = ranks[chosen]
        ranks[chosen] = begin - 0.5
        self.steps += len(order) >> 3
        offsets = before.copy()
        # From the chosen one on, in their new order: whoever meets one that moved. Those that were placed before the
        # chosen one meet it now, wherever it stands.
        offset = offsets[chosen] = self._lowest(chosen, offsets, ranks)
        if offset + sizes[chosen] > limit:
            return None
        last = was if offset == before[chosen] else len(order)
        waiting = [rank for item in self.rivals[chosen] if begin <= (rank := ranks[item]) < last]
        heapify(waiting)
        queued = set(waiting)
        while waiting:
            rank = heappop(waiting)
            item = order[int(rank)]
            offset = self._lowest(item, offsets, ranks)
            if offset == before[item]:
                continue
            if offset + sizes[item] > limit:
                return None
            offsets[item] = offset
            for rival in self.rivals[item]:
                later = ranks[rival]
                if later > rank and later not in queued:
                    queued.add(later)
                    heappush(waiting, later)
        height = self._height(offsets)
        if height > limit:
            return None
        at = int(was)
        return Placed([*order[:begin], chosen, *order[begin:at], *order[at + 1 :]], offsets, height)

    def _choice(self, known: Placed, chance: random.Random) -> tuple[int, int]:
        """Return the compound to move, and its new place in the order."""
        if self._tops is None or self._tops[0] is not known:
            offsets, sizes, height = known.offsets, self.sizes, known.height
            self._tops = (known, [item for item in known.order if offsets[item] + sizes[item] == height])
        top, draw = self._tops[1], chance.random
        chosen = top[int(draw() * len(top))]
        rivals = self.rivals[chosen]
        if rivals and draw() < 0.5:
            chosen = rivals[int(draw() * len(rivals))]
        return chosen, int(draw() * known.ranks[chosen])

    def _lowest(self, item: int, offsets: Sequence[int], ranks: Sequence[float]) -> int:
        forbidden, rank = self._forbidden[item], ranks[item]
        self.steps += len(forbidden)
        blocked = [((at := offsets[other]) + low, at + high) for other, low, high in forbidden if ranks[other] < rank]
        blocked.sort()
        offset = 0
        for low, high in blocked:
            if low >= offset:
                break
            if high > offset:  # noqa: PLR1730 - `max` takes several times as long, and this is the innermost loop
                offset = high
        return offset

    def _height(self, offsets: list[int]) -> int:
        return max(map(add, offsets, self.sizes), default=0)

    def starts(self, firsts: Sequence[int], spans: Sequence[int], *, chains: bool) -> list[Placed]:
        """Return what first fit makes of some fixed orders, the lowest first.

        Args:
            firsts: first step of each compound.
            spans: steps each lives, over all its blocks.
            chains: whether some may run behind others.
        """
        return sorted(map(self.place, self._orders(firsts, spans, chains=chains)), key=lambda found: found.height)

    def _orders(self, firsts: Sequence[int], spans: Sequence[int], *, chains: bool) -> Iterable[Sequence[int]]:
        everything = range(len(self.sizes))
        if len(everything) <= _ALL_ORDERS:
            # Improving step by step can end before the best order: here all of them are cheap.
            yield from permutations(everything)
            return
        sizes = self.sizes
        yield sorted(everything, key=lambda item: (-sizes[item], firsts[item]))
        yield sorted(everything, key=lambda item: (-sizes[item] * spans[item], firsts[item]))
        yield sorted(everything, key=lambda item: (-len(self.rivals[item]), -sizes[item]))
        yield sorted(everything, key=lambda item: (-spans[item], -sizes[item]))
        yield sorted(everything, key=lambda item: (firsts[item], -sizes[item]))
        if chains:
            # A chain of results that each run behind their operand goes down from the first: its last stands lowest.
            yield sorted(everything, key=lambda item: (-firsts[item], -sizes[item]))
