"""PRELU: negative values times operand 1; two tensors, broadcast against each other."""

from arenafit.ops._elementwise import binary
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import OpSupport
from arenafit.ops.protocol import Operator

OPERATOR = binary(
    Operator(
        "PRELU",
        output_shapes=broadcast(0, 1),
        resolver="AddPrelu",
        precisions=OpSupport(int8=True, int16=True, int8_operands=(1,)),
    )
)
