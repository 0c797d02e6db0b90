"""Where to cut so that the largest part is as small as can be, with few parts looked at closely."""

from collections.abc import Callable, Sequence
from itertools import pairwise

Price = Callable[[int, int], int]
Found = Callable[[int, int], int | None]

# What counts for a part that cannot be: no cut has it while there is another.
_NEVER = 1 << 60


class Balance:
    """Chooses cuts among candidates; what a part needs is guessed first and found out for the parts that matter.

    Args:
        ends: the candidates in order, the first and the last being the ends of the model.
        least: returns what the part between two candidates, given by their numbers, needs at least, roughly.
        found: returns what it does need, or None if it cannot be; called once for each part.
        looks: how many parts may be looked at in all.
    """

    def __init__(self, ends: int, least: Price, found: Found, looks: int) -> None:
        self.known: dict[tuple[int, int], int] = {}
        self._never: set[tuple[int, int]] = set()
        self._ends = ends
        self._least = least
        self._found = found
        self._looks = looks

    def cut(self, parts: int) -> tuple[int, ...]:
        """Return the numbers of the candidates at which to cut into `parts`, both ends included.

        Of all cuts the one is taken whose largest part is smallest as far as is known, and its parts are looked at,
        until all of a cut's parts are known or no look is left; then the best of the cuts that are known.
        """
        seen: list[tuple[int, ...]] = []
        while True:
            chosen = self._best(parts)
            unknown = [pair for pair in pairwise(chosen) if pair not in self.known and pair not in self._never]
            if not unknown:
                seen.append(chosen)
            if not unknown or len(self.known) + len(self._never) + len(unknown) > self._looks:
                break
            for pair in unknown:
                found = self._found(*pair)
                if found is None:
                    self._never.add(pair)
                else:
                    self.known[pair] = found
            seen.append(chosen)
        return min(seen, key=self.largest) if seen else chosen

    def largest(self, cuts: Sequence[int]) -> int:
        """Return what the largest part of a cut that is known needs."""
        return max(_NEVER if pair in self._never else self.known[pair] for pair in pairwise(cuts))

    def _best(self, parts: int) -> tuple[int, ...]:
        """Return the cut whose largest part is smallest, known or guessed; among equals that of the smallest sum."""
        excess = [self.known[pair] - self._least(*pair) for pair in self.known]
        usual = sum(excess) // len(excess) if excess else 0

        def guess(first: int, end: int) -> int:
            if (first, end) in self._never:
                return _NEVER
            if (first, end) in self.known:
                return self.known[first, end]
            within = [size for (i, j), size in self.known.items() if first <= i and j <= end]
            return max(self._least(first, end) + usual, *within, 0)

        best: dict[int, tuple[int, int, tuple[int, ...]]] = {0: (0, 0, (0,))}
        for number in range(1, parts + 1):
            longer: dict[int, tuple[int, int, tuple[int, ...]]] = {}
            last = self._ends - 1
            for end in (last,) if number == parts else range(number, last):
                options = [
                    (max(top, size), total + size, (*cuts, end))
                    for first, (top, total, cuts) in best.items()
                    if first < end
                    for size in (guess(first, end),)
                ]
                if options:
                    longer[end] = min(options)
            best = longer
        return best[self._ends - 1][2]
