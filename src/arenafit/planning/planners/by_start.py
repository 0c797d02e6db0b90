"""Greedy by start: in the order of time, larger buffers first."""

from arenafit.planning.greedy_fit import by_start
from arenafit.planning.heuristics import Ordered

PLANNER = Ordered("by-start", by_start)
