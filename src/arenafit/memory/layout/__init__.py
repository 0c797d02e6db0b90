"""Offline plans for whole models: when contents matter, what may share an address, where everything goes."""

from arenafit.memory.layout.groups import Behind, Hints
from arenafit.memory.layout.layout import Layout, Room, lay_out, live_profile
from arenafit.memory.layout.timeline import Timeline, timeline

__all__ = ["Behind", "Hints", "Layout", "Room", "Timeline", "lay_out", "live_profile", "timeline"]
