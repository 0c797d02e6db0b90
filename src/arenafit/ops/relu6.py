"""RELU6: values clamped to [0, 6], element by element."""

from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator

OPERATOR = unary(
    Operator("RELU6", output_shapes=as_input(), any_view=True, fused_as=3, resolver="AddRelu6", precisions=COPY)
)
