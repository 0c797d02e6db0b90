"""Streaming: operators computed some rows at a time in a loop, so that what lies between them never exists whole."""

from arenafit.ops.rows import Geometry, Pointwise, Reduction, Window
from arenafit.streaming.loop.emit import emit
from arenafit.streaming.loop.loop_state import Streamed
from arenafit.streaming.loop.space_state import stores_all
from arenafit.streaming.loop_options import LoopOptions, Stores
from arenafit.streaming.op_geometry import geometry
from arenafit.streaming.schedule import Schedule, make_schedule
from arenafit.streaming.segment import Segment, find_segment
from arenafit.streaming.unrolled.tiles import Form, Stripes, make_stripes
from arenafit.streaming.unrolled.unroll import unroll

__all__ = [
    "Form",
    "Geometry",
    "LoopOptions",
    "Pointwise",
    "Reduction",
    "Schedule",
    "Segment",
    "Stores",
    "Streamed",
    "Stripes",
    "Window",
    "emit",
    "find_segment",
    "geometry",
    "make_schedule",
    "make_stripes",
    "stores_all",
    "unroll",
]  # fmt: skip
