"""MAX_POOL_2D: values of the window, clamped; windows hold one pixel of the image at least."""

from arenafit.rewrites.intervals._channelwise import Moving

RULE = Moving("MAX_POOL_2D")
