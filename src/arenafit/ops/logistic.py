"""LOGISTIC: 1 / (1 + e^-x), element by element."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import HasOptions, Reals, UnaryFunction


def _logistic(_: HasOptions, values: Reals) -> Reals:
    # Beyond +-80 single precision holds no better result.
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -80, 80))))


OPERATOR = unary(
    Operator(
        "LOGISTIC",
        keras='keras.layers.Activation("sigmoid")',
        magnitude=magnitudes.at_most_one,
        real=UnaryFunction(_logistic, lambda _, _x, y: y * (1 - y), spare=3),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddLogistic",
        precisions=BOTH,
    )
)
