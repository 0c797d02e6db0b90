"""SignalDelay: a signal some samples later."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalDelay", custom=True, keeps_state=True, resolver="AddDelay")
