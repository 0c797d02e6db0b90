"""EXPAND_DIMS: the values in their order; the operand beside them is an axis."""

from arenafit.rewrites.intervals._shapes import Reshaping

RULE = Reshaping("EXPAND_DIMS", states_shape=False)
