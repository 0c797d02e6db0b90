"""SQUARE: the square, element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator
from arenafit.ops.real import UnaryFunction

OPERATOR = unary(
    Operator(
        "SQUARE",
        real=UnaryFunction(lambda _, x: x * x, lambda _, x, _y: 2 * x),
        output_shapes=as_input(),
        any_view=True,
        resolver="AddSquare",
    )
)
