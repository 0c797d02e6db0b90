"""SUB: difference; two tensors, broadcast against each other."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._bitcasts import is_neutral_constant
from arenafit.ops._elementwise import binary
from arenafit.ops._evaluation import integer_arithmetic
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import BinaryFunction, one

OPERATOR = binary(
    Operator(
        "SUB",
        magnitude=magnitudes.added,
        pair=BinaryFunction(np.subtract, lambda a, b: (one(a), -one(b)), channelwise=True, extreme_at_ends=True),
        output_shapes=broadcast(0, 1),
        fuses_activation=True,
        keeps_finite=is_neutral_constant(0.0),
        evaluate=integer_arithmetic(np.subtract),
        resolver="AddSub",
        precisions=BOTH,
    )
)
