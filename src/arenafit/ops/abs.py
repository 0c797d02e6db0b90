"""ABS: absolute value, element by element."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "ABS",
        magnitude=magnitudes.as_operands,
        real=UnaryFunction(lambda _, x: np.abs(x), lambda _, x, _y: np.sign(x), turns=(0.0,), spare=1),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddAbs",
        precisions=BOTH,
    )
)
