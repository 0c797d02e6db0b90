"""How many bytes of memory are occupied from step to step, memory that several buffers share counted once."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable

Span = tuple[int, int, int, int]


class Occupancy:
    """The bytes occupied at each step by half-open spans (first step, end, lowest byte, end)."""

    def __init__(self, spans: Iterable[Span]) -> None:
        """Sweep over the steps once: what a change costs grows with the logarithm of the spans."""
        changes: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)
        places = set[int]()
        for first, end, low, high in spans:
            if first < end and low < high:
                changes[first].append((1, low, high))
                changes[end].append((-1, low, high))
                places |= {low, high}
        cover = _Cover(sorted(places))
        self._steps = sorted(changes)
        self._bytes = []
        for step in self._steps:
            for by, low, high in changes[step]:
                cover.change(by, low, high)
            self._bytes.append(cover.covered_bytes)

    def at(self, step: int) -> int:
        """Return the bytes occupied at a step."""
        place = bisect_right(self._steps, step) - 1
        return self._bytes[place] if place >= 0 else 0

    def most_in(self, first: int, end: int) -> int:
        """Return the most bytes occupied at a step of [first, end); 0 if there is none."""
        within = self._bytes[bisect_right(self._steps, first) : bisect_left(self._steps, end)]
        return max([self.at(first), *within]) if first < end else 0


class _Cover:
    """How many spans lie over each piece of memory between two places: a binary tree of the pieces."""

    def __init__(self, places: list[int]) -> None:
        self._places = places
        self._number = {place: number for number, place in enumerate(places)}
        self._pieces = max(1, len(places) - 1)
        self._over = [0] * (4 * self._pieces)
        self._covered = [0] * (4 * self._pieces)

    @property
    def covered_bytes(self) -> int:
        return self._covered[1]

    def change(self, by: int, low: int, high: int) -> None:
        self._change(by, (self._number[low], self._number[high]), 1, (0, self._pieces))

    def _change(self, by: int, span: tuple[int, int], node: int, pieces: tuple[int, int]) -> None:
        first, end = pieces
        if span[0] >= end or span[1] <= first:
            return
        if span[0] <= first and end <= span[1]:
            self._over[node] += by
        else:
            middle = (first + end) // 2
            self._change(by, span, 2 * node, (first, middle))
            self._change(by, span, 2 * node + 1, (middle, end))
        if self._over[node]:
            self._covered[node] = self._places[end] - self._places[first]
        elif end - first == 1:
            self._covered[node] = 0
        else:
            self._covered[node] = self._covered[2 * node] + self._covered[2 * node + 1]
