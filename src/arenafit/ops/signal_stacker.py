"""SignalStacker: frames stacked."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalStacker", custom=True, keeps_state=True, resolver="AddStacker")
