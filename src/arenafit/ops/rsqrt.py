"""RSQRT: 1 / square root, element by element."""

import numpy as np

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "RSQRT",
        real=UnaryFunction(lambda _, x: 1 / np.sqrt(x), lambda _, x, y: -0.5 * y / x),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddRsqrt",
        precisions=BOTH,
    )
)
