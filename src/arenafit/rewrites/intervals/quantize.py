"""QUANTIZE: from one quantisation to another; of floats anything comes."""

from arenafit.rewrites.intervals._channelwise import Unary

RULE = Unary("QUANTIZE")
