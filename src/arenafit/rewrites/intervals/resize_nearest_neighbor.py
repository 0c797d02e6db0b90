"""RESIZE_NEAREST_NEIGHBOR: values of the image."""

from arenafit.rewrites.intervals._channelwise import Moving

RULE = Moving("RESIZE_NEAREST_NEIGHBOR")
