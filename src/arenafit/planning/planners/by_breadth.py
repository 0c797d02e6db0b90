"""Greedy by breadth: the buffers of the most crowded step first."""

from arenafit.planning.greedy_fit import by_breadth
from arenafit.planning.heuristics import Ordered

PLANNER = Ordered("by-breadth", by_breadth)
