"""What a model takes in TFLM's arena: liveness, head, tail, transient memory; `footprint` prices a model exactly."""

from arenafit.tflm.arena_run import Allocation, ArenaStep, Binding, TailCategory
from arenafit.tflm.footprints import Footprint, Peak, PlannedElsewhere, Recorded, Recording, footprint
from arenafit.tflm.head_problem import PlannedBuffer

__all__ = [
    "Allocation",
    "ArenaStep",
    "Binding",
    "Footprint",
    "Peak",
    "PlannedBuffer",
    "PlannedElsewhere",
    "Recorded",
    "Recording",
    "TailCategory",
    "footprint",
]
