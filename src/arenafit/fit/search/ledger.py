"""What a search has found, what that took, and what it tells."""

from dataclasses import dataclass, field
from functools import cached_property

from arenafit.fit.progress import Progress, ProgressCallback
from arenafit.fit.search.candidates import Candidate
from arenafit.fit.search.objective import Objective
from arenafit.fit.settings import Settings
from arenafit.ir import Model
from arenafit.planning.work import Work

_CANDIDATES_VARIED = 6


@dataclass
class Ledger:
    """The candidates of a search over one model."""

    original: Model
    settings: Settings
    report: ProgressCallback
    found: list[Candidate] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # candidates that could not be made: defects
    work: Work = field(init=False)

    def __post_init__(self) -> None:
        self.work = Work(self.settings.steps, seconds=self.settings.seconds)

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return self.work.elapsed

    @cached_property
    def goal(self) -> Objective:
        """What makes one candidate better than another."""
        return Objective(self.settings, self.found[0])

    def ranked(self) -> list[Candidate]:
        """Return every candidate no other beats in both arena and instructions, the best for the settings first."""
        return [candidate.whole for candidate in self.goal.ranked(self.wanted)]

    @property
    def wanted(self) -> list[Candidate]:
        """What was found that keeps the contract asked for."""
        if self.settings.feed is None:
            return self.found
        return [candidate for candidate in self.found if candidate.feed is not None]

    def add(self, candidate: Candidate, doing: str) -> None:
        """Note a candidate, if the target's flash holds it."""
        if not self.found or self.goal.fits_flash(candidate):
            self.found.append(candidate)
        self.tell(doing)

    def tell(self, doing: str) -> None:
        """Report what goes on."""
        best = min(item.arena_bytes for item in self.wanted or self.found)
        self.report(Progress(self.elapsed, len(self.found), best, doing))

    def leaders(self) -> list[Candidate]:
        """The best candidates, one for each choice of segments: how they are written is varied anyway."""
        leaders: dict[tuple[object, ...], Candidate] = {}
        for item in sorted(self.found, key=self.goal.key):
            if item.recipe is not None:
                leaders.setdefault(item.recipe.segments, item)
        return list(leaders.values())[:_CANDIDATES_VARIED]

    def why_stopped(self, chosen: Candidate) -> str:
        """Say in a sentence what now holds the most memory, and what ended the search."""
        over = ""
        if self.work.cut:
            over = (
                f"the time cap of {self.settings.seconds:g} s cut the search, so that another run may end elsewhere; "
            )
        elif self.work.is_over():
            over = "the effort was used up; "
        return over + self.goal.what_is_left(chosen)
