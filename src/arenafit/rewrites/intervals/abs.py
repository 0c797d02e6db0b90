"""ABS: falls below zero, rises above."""

import numpy as np

from arenafit.rewrites.intervals._channelwise import Unary

RULE = Unary("ABS", function=np.abs, turns=(0.0,))
