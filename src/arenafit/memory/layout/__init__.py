"""Offline plans for whole models: when contents matter, what may share an address, where everything goes."""

from arenafit.memory.layout.bound import Room, sharing_bound_bytes
from arenafit.memory.layout.choice import Chosen, choose_layout
from arenafit.memory.layout.groups import Behind, Hints
from arenafit.memory.layout.layout import Layout, lay_out, live_profile
from arenafit.memory.layout.timeline import Timeline, timeline

__all__ = [
    "Behind",
    "Chosen",
    "Hints",
    "Layout",
    "Room",
    "Timeline",
    "choose_layout",
    "lay_out",
    "live_profile",
    "sharing_bound_bytes",
    "timeline",
]
