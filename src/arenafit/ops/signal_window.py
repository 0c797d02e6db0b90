"""SignalWindow: a signal times a window."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalWindow", custom=True, resolver="AddWindow")
