"""VAR_HANDLE: names a resource variable."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "VAR_HANDLE", keeps_state=True, least_operands=0, resolver="AddVarHandle", unquantised="it holds no data"
)
