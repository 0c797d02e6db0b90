"""SUM: the values of each channel added up, requantised."""

from arenafit.rewrites.intervals._channelwise import Reducing

RULE = Reducing("SUM", counts=True)
