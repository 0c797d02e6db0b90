"""ADD: channel by channel."""

from arenafit.rewrites.intervals._channelwise import Binary

RULE = Binary("ADD")
