"""First fit of compounds in an order, and again after one of them moved forward in it, at the cost of what changes.

Everything here is in units of the alignment: all offsets are multiples of it, so that a forbidden range of distances is
one between whole units.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations

# So few compounds are placed in every order there is.
_ALL_ORDERS = 4

Ranges = tuple[tuple[int, int], ...]  # open intervals of forbidden distances


@dataclass(frozen=True, slots=True)
class Placed:
    """Compounds in the order they were placed, their offsets, and the height these reach."""

    order: list[int]
    offsets: list[int]
    height: int


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

    def place(self, order: Sequence[int]) -> Placed:
        """Return every compound as low as those before it in `order` let it."""
        offsets = [-1] * len(self.sizes)
        for item in order:
            offsets[item] = self._lowest(item, offsets)
        return self._placed(list(order), offsets)

    def promoted(self, known: Placed, chance: random.Random, limit: int) -> Placed | None:
        """Return the placement after a compound at the top, or one in its way, moved forward; None above `limit`.

        It is what `place` makes of the new order: what stands beside nothing that moved stays where it was.
        """
        order, before = known.order, known.offsets
        chosen, begin = self._choice(known, chance)
        was = order.index(chosen)
        moved = [*order[:begin], chosen, *order[begin:was], *order[was + 1 :]]
        offsets, changed = [-1] * len(before), [False] * len(before)
        for item in order[:begin]:
            offsets[item] = before[item]
        # Those that were placed before the chosen one meet it now, wherever it stands.
        changed[chosen] = True
        for item in set(order[begin:was]).intersection(self.rivals[chosen]):
            changed[item] = True
        self.steps += len(moved) >> 3
        sizes = self.sizes
        for item in moved[begin:]:
            offset = before[item]
            if changed[item]:
                offset = self._lowest(item, offsets)
                if offset != before[item]:
                    for rival in self.rivals[item]:
                        changed[rival] = True
            if offset + sizes[item] > limit:
                return None
            offsets[item] = offset
        return self._placed(moved, offsets)

    def _choice(self, known: Placed, chance: random.Random) -> tuple[int, int]:
        """Return the compound to move, and its new place in the order."""
        top = [item for item in known.order if known.offsets[item] + self.sizes[item] == known.height]
        chosen = chance.choice(top)
        if chance.random() < 0.5 and self.rivals[chosen]:
            chosen = chance.choice(self.rivals[chosen])
        return chosen, chance.randrange(max(1, known.order.index(chosen)))

    def _lowest(self, item: int, offsets: Sequence[int]) -> int:
        forbidden = self._forbidden[item]
        self.steps += len(forbidden)
        blocked = [(at + low, at + high) for other, low, high in forbidden if (at := offsets[other]) >= 0]
        blocked.sort()
        offset = 0
        for low, high in blocked:
            if low >= offset:
                break
            offset = max(offset, high)
        return offset

    def _placed(self, order: list[int], offsets: list[int]) -> Placed:
        return Placed(order, offsets, max(map(int.__add__, offsets, self.sizes), default=0))

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
