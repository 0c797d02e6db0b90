"""TANH: hyperbolic tangent, element by element."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "TANH",
        keras='keras.layers.Activation("tanh")',
        magnitude=magnitudes.at_most_one,
        real=UnaryFunction(lambda _, x: np.tanh(x), lambda _, _x, y: 1 - y * y, spare=3),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddTanh",
        precisions=BOTH,
    )
)
