"""NEG: channel by channel."""

import numpy as np

from arenafit.rewrites.intervals._channelwise import Unary

RULE = Unary("NEG", function=np.negative, spare=2)
