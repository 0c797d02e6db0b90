"""HARD_SWISH: x * relu6(x + 3) / 6, element by element."""

import numpy as np

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import INT8_ONLY
from arenafit.ops.protocol import Operator
from arenafit.ops.real import HasOptions, Reals, UnaryFunction


def _hard_swish(_: HasOptions, values: Reals) -> Reals:
    return np.asarray(values * np.clip(values + 3, 0, 6) / 6)


def _slope(_: HasOptions, values: Reals, _result: Reals) -> Reals:
    return np.where(values <= -3, 0, np.where(values >= 3, 1, (2 * values + 3) / 6))


OPERATOR = unary(
    Operator(
        "HARD_SWISH",
        real=UnaryFunction(_hard_swish, _slope, turns=(-3.0, -1.5, 3.0), spare=4),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddHardSwish",
        precisions=INT8_ONLY,
    )
)
