"""PADV2: the image and a value around it."""

from arenafit.rewrites.intervals._channelwise import Padding

RULE = Padding("PADV2")
