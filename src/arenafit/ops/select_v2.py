"""SELECT_V2: operand 1 or 2, chosen by operand 0; broadcast against each other."""

from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator

OPERATOR = Operator("SELECT_V2", output_shapes=broadcast(0, 1, 2), resolver="AddSelectV2", precisions=COPY)
