"""EXP: e to the power, element by element."""

import numpy as np

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "EXP",
        real=UnaryFunction(lambda _, x: np.exp(x), lambda _, _x, y: y),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddExp",
    )
)
