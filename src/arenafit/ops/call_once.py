"""CALL_ONCE: runs a graph at the first run; it has no output."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "CALL_ONCE",
    has_effect=True,
    keeps_state=True,
    least_operands=0,
    resolver="AddCallOnce",
    unquantised="it only initialises variables",
)
