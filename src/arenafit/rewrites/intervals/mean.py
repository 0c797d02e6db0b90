"""MEAN: an average of each channel, requantised."""

from arenafit.rewrites.intervals._channelwise import Reducing

RULE = Reducing("MEAN")
