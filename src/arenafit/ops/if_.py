"""IF: runs one of two graphs."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "IF", has_effect=True, resolver="AddIf", unquantised="the tensors of its branches are not calibrated"
)
