"""Greedy by conflict: the buffer with the most bytes of rivals first."""

from arenafit.planning.greedy_fit import by_conflict
from arenafit.planning.heuristics import Ordered

PLANNER = Ordered("by-conflict", by_conflict)
