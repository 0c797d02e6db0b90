"""ASSIGN_VARIABLE: sets a resource variable; it has no output."""

from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator

OPERATOR = Operator("ASSIGN_VARIABLE", has_effect=True, keeps_state=True, resolver="AddAssignVariable", precisions=COPY)
