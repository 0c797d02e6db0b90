"""SignalOverlapAdd: overlapping frames added up to a signal."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalOverlapAdd", custom=True, keeps_state=True, resolver="AddOverlapAdd")
