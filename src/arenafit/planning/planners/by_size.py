"""Greedy by size: the largest buffer first."""

from arenafit.planning.fitting import by_size
from arenafit.planning.searching import Ordered

PLANNER = Ordered("by-size", by_size)
