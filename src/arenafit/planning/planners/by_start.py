"""Greedy by start: in the order of time, larger buffers first."""

from arenafit.planning.fitting import by_start
from arenafit.planning.searching import Ordered

PLANNER = Ordered("by-start", by_start)
