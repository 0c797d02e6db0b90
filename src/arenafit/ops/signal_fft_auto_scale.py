"""SignalFftAutoScale: a signal shifted left as far as its type allows."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalFftAutoScale", custom=True, resolver="AddFftAutoScale")
