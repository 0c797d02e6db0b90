"""MINIMUM: the smaller; two tensors, broadcast against each other."""

from arenafit.ops._elementwise import binary
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator

OPERATOR = binary(Operator("MINIMUM", output_shapes=broadcast(0, 1), resolver="AddMinimum", precisions=COPY))
