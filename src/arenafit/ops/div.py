"""DIV: quotient; two tensors, broadcast against each other."""

import numpy as np

from arenafit.ops._bitcasts import is_neutral_constant
from arenafit.ops._elementwise import binary
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import INT8_ONLY
from arenafit.ops.protocol import Operator
from arenafit.ops.real import BinaryFunction

OPERATOR = binary(
    Operator(
        "DIV",
        pair=BinaryFunction(np.divide, lambda a, b: (1 / b, -a / (b * b))),
        output_shapes=broadcast(0, 1),
        keeps_finite=is_neutral_constant(1.0),
        resolver="AddDiv",
        precisions=INT8_ONLY,
    )
)
