"""How far behind one thing in memory another may start: the one type for it, whoever grants the permission."""

from collections.abc import Iterator

from arenafit.records import record


@record(frozen=True)
class Distances:
    """Distances in bytes from the start of a first to that of a second thing, negative if it starts before.

    All from `lowest_bytes` to `highest_bytes`, both included; None: no limit on that side.
    """

    lowest_bytes: int | None = 0
    highest_bytes: int | None = 0

    def permits(self, distance_bytes: int) -> bool:
        """Whether the second may start so far behind the first."""
        above = self.lowest_bytes is None or distance_bytes >= self.lowest_bytes
        return above and (self.highest_bytes is None or distance_bytes <= self.highest_bytes)

    def turned(self) -> "Distances":
        """Return the distances from the second to the first."""
        lowest, highest = self.lowest_bytes, self.highest_bytes
        return Distances(None if highest is None else -highest, None if lowest is None else -lowest)

    def outside(self, forbidden: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """Yield what an open interval of forbidden distances still forbids: what lies below these, and above."""
        low, high = forbidden
        if self.lowest_bytes is not None and low < self.lowest_bytes:
            yield low, min(high, self.lowest_bytes)
        if self.highest_bytes is not None and high > self.highest_bytes:
            yield max(low, self.highest_bytes), high
