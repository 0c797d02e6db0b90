"""Greedy by area: the largest size times lifetime first."""

from arenafit.planning.fitting import by_area
from arenafit.planning.searching import Ordered

PLANNER = Ordered("by-area", by_area)
