"""MUL: product; two tensors, broadcast against each other."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._bitcasts import is_neutral_constant
from arenafit.ops._elementwise import binary
from arenafit.ops._evaluation import integer_arithmetic
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import BinaryFunction

OPERATOR = binary(
    Operator(
        "MUL",
        keras="keras.layers.Multiply()",
        magnitude=magnitudes.multiplied,
        pair=BinaryFunction(np.multiply, lambda a, b: (b, a), channelwise=True, extreme_at_ends=True),
        output_shapes=broadcast(0, 1),
        fuses_activation=True,
        keeps_finite=is_neutral_constant(1.0),
        evaluate=integer_arithmetic(np.multiply),
        resolver="AddMul",
        precisions=BOTH,
    )
)
