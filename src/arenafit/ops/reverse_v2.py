"""REVERSE_V2: reversed along the axes of operand 1."""

from arenafit.ops._shapes import as_input
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "REVERSE_V2", keeps_values=(0,), output_shapes=as_input(), any_view=True, resolver="AddReverseV2", precisions=COPY
)
