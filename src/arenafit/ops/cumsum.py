"""CUMSUM: running sums along the axis of operand 1."""

from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator

OPERATOR = Operator("CUMSUM", output_shapes=as_input(), any_view=True, resolver="AddCumSum")
