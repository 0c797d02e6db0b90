"""Streaming: operators computed some rows at a time in a loop, so that what lies between them never exists whole."""

from arenafit.rewrites.streaming.emit import emit
from arenafit.rewrites.streaming.geometry import Geometry, Pointwise, Window, geometry
from arenafit.rewrites.streaming.loop_state import Streamed
from arenafit.rewrites.streaming.reduction import Reduction
from arenafit.rewrites.streaming.schedule import Schedule, make_schedule
from arenafit.rewrites.streaming.segment import Segment, find_segment
from arenafit.rewrites.streaming.writing import Writing

__all__ = [
    "Geometry",
    "Pointwise",
    "Reduction",
    "Schedule",
    "Segment",
    "Streamed",
    "Window",
    "Writing",
    "emit",
    "find_segment",
    "geometry",
    "make_schedule",
]  # fmt: skip
