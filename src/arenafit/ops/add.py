"""ADD: sum; two tensors, broadcast against each other."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._elementwise import binary
from arenafit.ops._evaluation import integer_arithmetic
from arenafit.ops._shapes import broadcast
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import BinaryFunction, one

OPERATOR = binary(
    Operator(
        "ADD",
        keras="keras.layers.Add()",
        magnitude=magnitudes.added,
        pair=BinaryFunction(np.add, lambda a, b: (one(a), one(b)), channelwise=True, extreme_at_ends=True),
        output_shapes=broadcast(0, 1),
        fuses_activation=True,
        evaluate=integer_arithmetic(np.add),
        resolver="AddAdd",
        precisions=BOTH,
    )
)
