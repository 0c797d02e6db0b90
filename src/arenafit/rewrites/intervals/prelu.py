"""PRELU: a slope for each channel below zero; slopes may be negative, so nothing is said of its values."""

from arenafit.rewrites.intervals._channelwise import Channelwise

RULE = Channelwise("PRELU", (0, 1))
