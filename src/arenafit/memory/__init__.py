"""What a model takes in TFLM's arena: liveness, head, tail, transient memory; `footprint` prices a model exactly."""

from arenafit.memory.footprint import Footprint, Peak, PlannedBuffer, Recorded, Recording, footprint
from arenafit.memory.tail import Allocation, Binding, Category, Step

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
