"""AVERAGE_POOL_2D: rounded averages of the pixels inside the image, which lie between these; clamped."""

from arenafit.rewrites.intervals._channelwise import Moving

RULE = Moving("AVERAGE_POOL_2D")
