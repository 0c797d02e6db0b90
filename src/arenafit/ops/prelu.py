"""PRELU: negative values times operand 1; two tensors, broadcast against each other."""

import numpy as np

from arenafit.ops._elementwise import binary
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import OpSupport
from arenafit.ops.protocol import Operator
from arenafit.ops.real import BinaryFunction

OPERATOR = binary(
    Operator(
        "PRELU",
        pair=BinaryFunction(
            lambda a, b: np.where(a > 0, a, a * b),
            lambda a, b: (np.where(a > 0, 1.0, b), np.where(a > 0, 0.0, a)),
            channelwise=True,
        ),
        output_shapes=broadcast(0, 1),
        resolver="AddPrelu",
        precisions=OpSupport(int8=True, int16=True, int8_operands=(1,)),
    )
)
