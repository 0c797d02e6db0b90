"""LEAKY_RELU: negative values scaled, element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator

OPERATOR = unary(
    Operator("LEAKY_RELU", output_shapes=as_input(), any_view=True, resolver="AddLeakyRelu", precisions=BOTH)
)
