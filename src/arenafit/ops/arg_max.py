"""ARG_MAX: index of the largest value along the axis of operand 1."""

from arenafit.ops._arg import without_axis
from arenafit.ops.facts import INT8_ONLY
from arenafit.ops.protocol import Operator

OPERATOR = Operator("ARG_MAX", output_shapes=without_axis, any_view=True, resolver="AddArgMax", precisions=INT8_ONLY)
