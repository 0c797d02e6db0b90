"""What a user asks for who names several memories: on the command line, in a configuration, from Python."""

from collections.abc import Iterable
from dataclasses import dataclass

from arenafit.ir import Model
from arenafit.memories.options import SpreadOptions, read_pins
from arenafit.memories.plan import MemoryPlan
from arenafit.memories.spreading import spread_over
from arenafit.targets.memories import Region, chosen_memories, demand_memories
from arenafit.tflm import Footprint


@dataclass(frozen=True, slots=True)
class MemoryRequest:
    """Memories that buffers may go to, and what the plan must keep to.

    Attributes:
        memories: such as ``dtcm=128K``; ``board`` stands for all of the board's. None: one arena, as ever.
        arena: the memory that the arena must lie in; None: the one where that costs least.
        pins: tensors that must lie in a memory, such as ``input=sram1``.
        exact: search by CP-SAT (the extra "exact") from the plan that is found.
    """

    memories: tuple[str, ...] = ()
    arena: str | None = None
    pins: tuple[str, ...] = ()
    exact: bool = False

    def __post_init__(self) -> None:
        """Check that the rest is about memories.

        Raises:
            TargetError: if none are named.
        """
        demand_memories(self.memories, self.arena, self.pins)

    @property
    def options(self) -> tuple[str, ...]:
        """The options that ask another verb for the same."""
        exact = ("--exact",) if self.exact else ()
        return (*self.fit_options, *(part for text in self.pins for part in ("--pin", text)), *exact)

    @property
    def fit_options(self) -> tuple[str, ...]:
        """The options that ask `fit` for the same: its search may replace what is pinned, so it takes no pins."""
        arena = () if self.arena is None else ("--arena", self.arena)
        return (*(part for text in self.memories for part in ("--memory", text)), *arena)

    def spread(
        self, model: Model, found: Footprint, board: Iterable[Region] | None, *, margin_bytes: int = 0
    ) -> MemoryPlan:
        """Return the plan that is asked for; `found` is the model's footprint, `board` the memories of its board.

        Raises:
            BudgetError: if no plan is found in which everything fits.
            TargetError: if a text has another form, or names a memory or tensor that is not there.
        """
        regions = chosen_memories(self.memories, board)
        pins = read_pins(self.pins, model, regions)
        return spread_over(model, found, regions, SpreadOptions(margin_bytes, self.arena, pins=pins, exact=self.exact))
