"""SignalPCAN: automatic gain per channel."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalPCAN", custom=True, resolver="AddPCAN")
