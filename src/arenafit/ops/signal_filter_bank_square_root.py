"""SignalFilterBankSquareRoot: square root of channels."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalFilterBankSquareRoot", custom=True, resolver="AddFilterBankSquareRoot")
