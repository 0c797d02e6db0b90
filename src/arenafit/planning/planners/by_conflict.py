"""Greedy by conflict: the buffer with the most bytes of rivals first."""

from arenafit.planning.fitting import by_conflict
from arenafit.planning.searching import Ordered

PLANNER = Ordered("by-conflict", by_conflict)
