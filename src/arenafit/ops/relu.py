"""RELU: negative values become 0, element by element."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "RELU",
        keras="keras.layers.ReLU()",
        magnitude=magnitudes.as_operands,
        real=UnaryFunction(lambda _, x: np.maximum(x, 0), lambda _, x, y: (x > 0) * np.ones_like(y), spare=1),
        output_shapes=as_input(),
        any_view=True,
        fused_as=1,
        resolver="AddRelu",
        precisions=BOTH,
    )
)
