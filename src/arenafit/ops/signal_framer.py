"""SignalFramer: overlapping frames of a signal."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalFramer", custom=True, keeps_state=True, resolver="AddFramer")
