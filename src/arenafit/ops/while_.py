"""WHILE: runs a graph as long as another says so."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "WHILE", has_effect=True, resolver="AddWhile", unquantised="the tensors of its body are not calibrated"
)
