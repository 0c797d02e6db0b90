"""IF: runs one of two graphs."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("IF")
