"""ELU: exponential linear unit, element by element."""

import numpy as np

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import INT8_ONLY
from arenafit.ops.protocol import Operator
from arenafit.ops.real import HasOptions, Reals, UnaryFunction


def _elu(_: HasOptions, values: Reals) -> Reals:
    return np.where(values > 0, values, np.expm1(np.minimum(values, 0)))


OPERATOR = unary(
    Operator(
        "ELU",
        real=UnaryFunction(_elu, lambda _, x, y: np.where(x > 0, 1, y + 1), spare=2),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddElu",
        precisions=INT8_ONLY,
    )
)
