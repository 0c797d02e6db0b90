"""Greedy by lifetime: the longest lived buffer first."""

from arenafit.planning.fitting import by_lifetime
from arenafit.planning.searching import Ordered

PLANNER = Ordered("by-lifetime", by_lifetime)
