"""What a model takes in TFLM's arena: liveness, head, tail, transient memory; `footprint` prices a model exactly."""

from arenafit.tflm.arena_run import Allocation, ArenaStep, Binding, Category
from arenafit.tflm.footprints import Footprint, Peak, PlannedBuffer, PlannedElsewhere, Recorded, Recording, footprint

__all__ = [
    "Allocation",
    "ArenaStep",
    "Binding",
    "Category",
    "Footprint",
    "Peak",
    "PlannedBuffer",
    "PlannedElsewhere",
    "Recorded",
    "Recording",
    "footprint",
]
