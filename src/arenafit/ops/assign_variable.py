"""ASSIGN_VARIABLE: sets a resource variable; it has no output."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("ASSIGN_VARIABLE")
