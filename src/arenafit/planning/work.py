"""Searches are ended by counted work, so that equal inputs give equal results on any machine, however busy it is."""

from time import monotonic

# What a step is worth to solvers that count their own work in seconds of a machine nobody owns.
STEPS_PER_SECOND = 1_000_000


class Work:
    """Steps taken, against a limit. A step is about a microsecond of work: a buffer placed, a rival looked at.

    A time, where one is set, is a cap for those who must: it ends the search too, but says so in `cut`, as the result
    then depends on the machine.
    """

    __slots__ = ("_parent", "_seconds", "_started", "cut", "limit", "spent")

    def __init__(self, limit: int | None = None, *, seconds: float | None = None, parent: "Work | None" = None) -> None:
        self.limit = limit
        self.spent = 0
        self.cut = False
        self._seconds = seconds
        self._started = monotonic()
        self._parent = parent

    def spend(self, steps: int) -> bool:
        """Count `steps`; return whether anything is left."""
        self.spent += steps
        if self._parent is not None:
            self._parent.spend(steps)
        return not self.is_over()

    def is_over(self, share: float = 1.0) -> bool:
        """Whether the limit or the time is reached, or so much of either as `share` says."""
        if self.limit is not None and self.spent >= self.limit * share:
            return True
        return self._is_late(share)

    def ends_within(self, steps: int, share: float = 1.0) -> bool:
        """Whether so many more steps reach the limit, or that share of it."""
        return self.limit is not None and self.spent + steps >= self.limit * share

    def part(self, limit: int | None) -> "Work":
        """Return an allowance of its own, that depends on no step taken elsewhere; this one counts its steps too."""
        return Work(limit, parent=self)

    def left(self) -> int | None:
        """Steps until the limit; None without one."""
        return None if self.limit is None else max(0, self.limit - self.spent)

    def seconds_left(self) -> float | None:
        """Time until the cap; None without one."""
        if self._seconds is None:
            return None if self._parent is None else self._parent.seconds_left()
        return max(0.0, self._seconds - self.elapsed)

    @property
    def elapsed(self) -> float:
        """Seconds since the work began."""
        return monotonic() - self._started

    def _is_late(self, share: float) -> bool:
        if self._seconds is not None and self.elapsed >= self._seconds * share:
            self.cut = True
        if self._parent is not None and self._parent._is_late(1.0):  # noqa: SLF001 - of the same class
            self.cut = True
        return self.cut
