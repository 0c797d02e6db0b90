"""Greedy by size: the largest buffer first."""

from arenafit.planning.greedy_fit import by_size
from arenafit.planning.heuristics import Ordered

PLANNER = Ordered("by-size", by_size)
