"""PAD: the image and its zero point around it."""

from arenafit.rewrites.intervals._channelwise import Padding

RULE = Padding("PAD")
