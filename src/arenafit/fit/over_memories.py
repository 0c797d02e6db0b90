"""Candidates over several memories: which of them fit there, and how long each is predicted to take.

What streams less may be faster although it takes slow memory, and what streams more may be cheaper because it keeps to
the fast one. An instruction's own time includes a word in the fastest memory; in another a word takes longer by the
memory's cost in relation to the fastest one's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.errors import BudgetError, VerificationError
from arenafit.fit.search.candidates import Candidate
from arenafit.fit.settings import Settings
from arenafit.memories import MemoryPlan, SpreadOptions, faults, spread_over

_WORD_BYTES = 4


@dataclass(frozen=True, slots=True)
class Spread:
    """A candidate over the memories. `cycles` are its instructions, and what words in slower memories take more."""

    candidate: Candidate
    plan: MemoryPlan
    cycles: int

    @property
    def fast_bytes(self) -> int:
        """What is taken of the fastest memory."""
        return self.plan.sizes_bytes[fastest(self.plan)]


def fastest(plan: MemoryPlan) -> int:
    """Return the number of the memory whose bytes cost least to read, the first of equals."""
    return min(range(len(plan.regions)), key=lambda index: plan.regions[index].reading)


def spread(candidate: Candidate, settings: Settings) -> Spread:
    """Return a candidate over the memories of `settings`.

    Raises:
        BudgetError: if it finds no place there.
        VerificationError: if the plan does not stand a replay of what TFLM asks for: a defect of arenafit.
    """
    options = SpreadOptions(arena=settings.arena)
    plan = spread_over(candidate.priced.model, candidate.priced.footprint, settings.regions, options)
    wrong = faults(plan)
    if wrong:
        raise VerificationError(f"the plan over several memories does not hold: {wrong[0]}")
    return Spread(candidate, plan, candidate.instructions + _waiting(plan))


def spreads(found: Sequence[Candidate], settings: Settings) -> list[Spread]:
    """Return the candidates that fit over the memories of `settings`, the fastest first.

    Raises:
        BudgetError: if none fits; what it says is about the one with the smallest arena.
    """
    fitting: list[Spread] = []
    misfit: BudgetError | None = None
    for candidate in sorted(found, key=lambda item: item.arena_bytes):
        try:
            fitting.append(spread(candidate, settings))
        except BudgetError as error:
            misfit = misfit or error
    if not fitting and misfit is not None:
        raise misfit
    return sorted(fitting, key=lambda item: (item.cycles, item.fast_bytes, item.candidate.arena_bytes))


def _waiting(plan: MemoryPlan) -> int:
    """Return the cycles that words in slower memories take more than in the fastest, tables in the arena included."""
    least = plan.regions[fastest(plan)].reading
    total = 0.0
    for index, (region, moved) in enumerate(zip(plan.regions, plan.traffic, strict=True)):
        read = moved.read_bytes + (plan.tables.read_bytes if index == plan.arena_region else 0)
        total += read * (region.reading / least - 1) + moved.written_bytes * (region.writing / least - 1)
    return max(0, round(total / _WORD_BYTES))
