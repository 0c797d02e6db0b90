"""RESIZE_BILINEAR: rounded means of values of the image, which lie between these."""

from arenafit.rewrites.intervals._channelwise import Moving

RULE = Moving("RESIZE_BILINEAR")
