"""Sets of ranges of numbers."""

from collections.abc import Iterable


def merged(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the union of ranges, in order; those that only touch stay two."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def covered_bytes(ranges: Iterable[tuple[int, int]]) -> int:
    """Return how many bytes the union of half-open ranges covers."""
    return sum(high - low for low, high in merged(ranges) if high > low)
