"""SignalFilterBankLog: logarithm of channels."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalFilterBankLog", custom=True, resolver="AddFilterBankLog")
