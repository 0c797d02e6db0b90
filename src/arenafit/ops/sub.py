"""SUB: difference; two tensors, broadcast against each other."""

import numpy as np

from arenafit.ops._bitcasts import is_neutral_constant
from arenafit.ops._elementwise import binary
from arenafit.ops._evaluation import integer_arithmetic
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator

OPERATOR = binary(
    Operator(
        "SUB",
        output_shapes=broadcast(0, 1),
        fuses_activation=True,
        keeps_finite=is_neutral_constant(0.0),
        evaluate=integer_arithmetic(np.subtract),
        resolver="AddSub",
        precisions=BOTH,
    )
)
