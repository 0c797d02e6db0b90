"""Greedy by breadth: the buffers of the most crowded step first."""

from arenafit.planning.fitting import by_breadth
from arenafit.planning.searching import Ordered

PLANNER = Ordered("by-breadth", by_breadth)
