"""RELU6: values clamped to [0, 6], element by element."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "RELU6",
        keras="keras.layers.ReLU(6.0)",
        magnitude=magnitudes.as_operands,
        real=UnaryFunction(lambda _, x: np.clip(x, 0, 6), lambda _, x, y: ((x > 0) & (x < 6)) * np.ones_like(y)),
        output_shapes=as_input(),
        any_view=True,
        fused_as=3,
        resolver="AddRelu6",
        precisions=COPY,
    )
)
