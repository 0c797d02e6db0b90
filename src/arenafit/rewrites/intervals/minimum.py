"""MINIMUM: channel by channel."""

import numpy as np

from arenafit.rewrites.intervals._channelwise import Choosing

RULE = Choosing("MINIMUM", function=np.minimum)
