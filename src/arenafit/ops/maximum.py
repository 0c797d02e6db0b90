"""MAXIMUM: the larger; two tensors, broadcast against each other."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._elementwise import binary
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator
from arenafit.ops.real import BinaryFunction

OPERATOR = binary(
    Operator(
        "MAXIMUM",
        magnitude=magnitudes.as_operands,
        pair=BinaryFunction(
            np.maximum, lambda a, b: (1.0 * (a >= b), 1.0 * (a < b)), channelwise=True, extreme_at_ends=True
        ),
        output_shapes=broadcast(0, 1),
        resolver="AddMaximum",
        precisions=COPY,
    )
)
