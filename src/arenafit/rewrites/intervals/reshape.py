"""RESHAPE: the values in their order."""

from arenafit.rewrites.intervals._shapes import Reshaping

RULE = Reshaping("RESHAPE")
