"""LOG: natural logarithm, element by element."""

import numpy as np

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "LOG",
        real=UnaryFunction(lambda _, x: np.log(x), lambda _, x, _y: 1 / x),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddLog",
    )
)
