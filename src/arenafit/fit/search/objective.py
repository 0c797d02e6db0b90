"""What makes one candidate better than another, and what is left to say when none is found any more."""

from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.fit.search.candidates import Candidate, constant_bytes
from arenafit.fit.settings import Settings
from arenafit.ir import Model


@dataclass(frozen=True)
class Objective:
    """The wishes of `settings`, measured against the model as it came."""

    settings: Settings
    stock: Candidate

    def key(self, candidate: Candidate, slack: float = 0.0) -> tuple[float, ...]:
        """Return what orders candidates, the best first; `slack` is added to the slowdown allowed."""
        settings = self.settings
        limit = None if settings.max_slowdown is None else 1 + settings.max_slowdown + slack
        slow = limit is not None and candidate.instructions > self.stock.instructions * limit
        if settings.ram_bytes is not None:
            missing = max(0, candidate.arena_bytes - settings.ram_bytes)
            return (missing, slow, candidate.instructions, candidate.arena_bytes)
        return (slow, candidate.arena_bytes, candidate.instructions)

    def fits_flash(self, candidate: Candidate) -> bool:
        """Whether the target's flash holds the candidate's constants; what the model itself takes is always allowed."""
        # Without a limit nobody asks a candidate for its model.
        return self.settings.target.flash_bytes is None or self.holds(candidate.priced.model)

    def holds(self, model: Model) -> bool:
        """Whether the target's flash holds the constants of `model`, or it takes no more than the model as it came."""
        limit = self.settings.target.flash_bytes
        return limit is None or constant_bytes(model) <= max(limit, self.stock.constant_bytes)

    def ranked(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Return every candidate no other beats in both arena and instructions, the best first."""
        front = [one for one in found if not any(_dominates(other, one) for other in found)]
        first_of_equals = {(one.arena_bytes, one.instructions): one for one in reversed(front)}
        return sorted(first_of_equals.values(), key=self.key)

    def what_is_left(self, chosen: Candidate) -> str:
        """Say in a sentence what now holds the most memory."""
        found = chosen.priced.footprint
        largest = max(found.peak.buffers, key=lambda item: item.buffer.size_bytes, default=None)
        if largest is None:
            return f"the tail of {found.tail_bytes:,} B is all that is left"
        if largest.buffer.tensor is None:
            scratch = largest.buffer
            return (
                f"what is left at the peak is scratch memory of {scratch.size_bytes:,} B ({scratch.what});"
                f" the head is {found.head_bytes:,} B, the tail {found.tail_bytes:,} B"
            )
        model = chosen.priced.model
        tensor = model.tensors[largest.buffer.tensor]
        kind = "the input" if tensor.id in model.main.inputs else "tensor"
        tail, was = chosen.priced.footprint.tail_bytes, self.stock.priced.footprint.tail_bytes
        return (
            f"what is left at the peak is {kind} '{tensor.name}' of {tensor.size_bytes:,} B and what it is"
            f" computed with; the tail is {tail:,} B (it was {was:,} B)"
            + ("" if chosen.stages else f"; no rewrite made it smaller{self._at_speed()}")
        )

    def _at_speed(self) -> str:
        limit = self.settings.ram_bytes
        if limit is not None and self.stock.arena_bytes <= limit:
            return " and no slower"
        return "" if self.settings.max_slowdown is None else " within the slowdown allowed"


def _dominates(one: Candidate, other: Candidate) -> bool:
    better = one.arena_bytes < other.arena_bytes or one.instructions < other.instructions
    return better and one.arena_bytes <= other.arena_bytes and one.instructions <= other.instructions
