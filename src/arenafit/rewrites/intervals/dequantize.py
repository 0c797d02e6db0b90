"""DEQUANTIZE: floats, channel by channel."""

from arenafit.rewrites.intervals._channelwise import Channelwise

RULE = Channelwise("DEQUANTIZE", (0,))
