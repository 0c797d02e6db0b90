"""MAXIMUM: the larger; two tensors, broadcast against each other."""

from arenafit.ops._elementwise import binary
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator

OPERATOR = binary(Operator("MAXIMUM", output_shapes=broadcast(0, 1), resolver="AddMaximum", precisions=COPY))
