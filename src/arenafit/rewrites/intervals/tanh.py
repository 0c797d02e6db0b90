"""TANH: from a table or in fixed-point arithmetic, which is off by a step or two."""

import numpy as np

from arenafit.rewrites.intervals._channelwise import Unary

RULE = Unary("TANH", function=np.tanh, spare=3)
