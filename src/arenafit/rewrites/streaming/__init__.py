"""Streaming: operators computed some rows at a time in a loop, so that what lies between them never exists whole."""

from arenafit.rewrites.streaming.cuts import Form, Stripes, make_stripes
from arenafit.rewrites.streaming.emit import emit
from arenafit.rewrites.streaming.geometry import Geometry, Pointwise, Window, geometry
from arenafit.rewrites.streaming.loop_state import Streamed
from arenafit.rewrites.streaming.reduction import Reduction
from arenafit.rewrites.streaming.schedule import Schedule, make_schedule
from arenafit.rewrites.streaming.segment import Segment, find_segment
from arenafit.rewrites.streaming.unroll import unroll
from arenafit.rewrites.streaming.writing import Writing

__all__ = [
    "Form",
    "Geometry",
    "Pointwise",
    "Reduction",
    "Schedule",
    "Segment",
    "Streamed",
    "Stripes",
    "Window",
    "Writing",
    "emit",
    "find_segment",
    "geometry",
    "make_schedule",
    "make_stripes",
    "unroll",
]  # fmt: skip
