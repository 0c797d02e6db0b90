"""Greedy by lifetime: the longest lived buffer first."""

from arenafit.planning.greedy_fit import by_lifetime
from arenafit.planning.heuristics import Ordered

PLANNER = Ordered("by-lifetime", by_lifetime)
