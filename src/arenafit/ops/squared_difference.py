"""SQUARED_DIFFERENCE: square of the difference; two tensors, broadcast against each other."""

import numpy as np

from arenafit.ops._elementwise import binary
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import BinaryFunction

OPERATOR = binary(
    Operator(
        "SQUARED_DIFFERENCE",
        pair=BinaryFunction(lambda a, b: np.square(a - b), lambda a, b: (2 * (a - b), 2 * (b - a))),
        output_shapes=broadcast(0, 1),
        resolver="AddSquaredDifference",
        precisions=BOTH,
    )
)
