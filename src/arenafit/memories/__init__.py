"""One model over several memories: rigid pieces, what is moved in them, the cheapest spread, a replay."""

from arenafit.memories.options import SpreadOptions, read_pins
from arenafit.memories.plan import MemoryPlan, Placement, Traffic
from arenafit.memories.replay import faults
from arenafit.memories.request import MemoryRequest
from arenafit.memories.spreading import spread_over

__all__ = ["MemoryPlan", "MemoryRequest", "Placement", "SpreadOptions", "Traffic", "faults", "read_pins", "spread_over"]
