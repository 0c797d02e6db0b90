"""LEAKY_RELU: negative values scaled, element by element."""

import numpy as np

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator
from arenafit.ops.real import HasOptions, Reals, UnaryFunction


def _slope(op: HasOptions) -> float:
    return float(op.option("alpha", 0.0) or 0.0)


def _value(op: HasOptions, values: Reals) -> Reals:
    return np.where(values > 0, values, _slope(op) * values)


OPERATOR = unary(
    Operator(
        "LEAKY_RELU",
        real=UnaryFunction(_value, lambda op, x, _y: np.where(x > 0, 1.0, _slope(op)), turns=(0.0,), spare=1),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddLeakyRelu",
        precisions=BOTH,
    )
)
