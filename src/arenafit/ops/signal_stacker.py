"""SignalStacker: frames stacked."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalStacker", custom=True, resolver="AddStacker")
