"""SignalEnergy: squared magnitude of a spectrum."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalEnergy", custom=True, resolver="AddEnergy")
