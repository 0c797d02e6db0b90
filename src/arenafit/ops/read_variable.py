"""READ_VARIABLE: the value of a resource variable."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("READ_VARIABLE")
