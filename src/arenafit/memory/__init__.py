"""What a model takes in TFLM's arena: liveness, head, tail, transient memory; `footprint` prices a model exactly."""

from arenafit.memory.arena_run import Allocation, Binding, Category, Step
from arenafit.memory.footprint import Footprint, Peak, PlannedBuffer, Recorded, Recording, footprint

__all__ = [
    "Allocation",
    "Binding",
    "Category",
    "Footprint",
    "Peak",
    "PlannedBuffer",
    "Recorded",
    "Recording",
    "Step",
    "footprint",
]
