"""MAXIMUM: channel by channel."""

from arenafit.rewrites.intervals._channelwise import Choosing

RULE = Choosing("MAXIMUM")
