"""READ_VARIABLE: the value of a resource variable."""

from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator

OPERATOR = Operator("READ_VARIABLE", resolver="AddReadVariable", precisions=COPY)
