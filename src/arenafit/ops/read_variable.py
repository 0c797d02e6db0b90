"""READ_VARIABLE: the value of a resource variable."""

from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator

OPERATOR = Operator("READ_VARIABLE", keeps_state=True, resolver="AddReadVariable", precisions=COPY)
