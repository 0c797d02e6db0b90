"""RELU_N1_TO_1: clamps to [-1, 1], element by element."""

import numpy as np

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "RELU_N1_TO_1",
        real=UnaryFunction(lambda _, x: np.clip(x, -1, 1), lambda _, x, y: (np.abs(x) < 1) * np.ones_like(y)),
        output_shapes=as_input(),
        fused_as=2,
    )
)
