"""MUL: channel by channel."""

import numpy as np

from arenafit.rewrites.intervals._channelwise import Binary

RULE = Binary("MUL", function=np.multiply)
