"""RELU: negative values become 0, element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH
from arenafit.ops.protocol import Operator

OPERATOR = unary(
    Operator("RELU", output_shapes=as_input(), any_view=True, fused_as=1, resolver="AddRelu", precisions=BOTH)
)
