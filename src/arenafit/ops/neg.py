"""NEG: sign changed, element by element."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "NEG",
        magnitude=magnitudes.as_operands,
        real=UnaryFunction(lambda _, x: -x, lambda _, x, _y: -np.ones_like(x), spare=2),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddNeg",
    )
)
