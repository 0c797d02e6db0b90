"""Greedy by area: the largest size times lifetime first."""

from arenafit.planning.greedy_fit import by_area
from arenafit.planning.heuristics import Ordered

PLANNER = Ordered("by-area", by_area)
