"""SignalFilterBank: a spectrum summed into channels."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalFilterBank", custom=True, resolver="AddFilterBank")
