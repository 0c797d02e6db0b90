"""SignalFilterBankSpectralSubtraction: channels less an estimate of the noise."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "SignalFilterBankSpectralSubtraction", custom=True, keeps_state=True, resolver="AddFilterBankSpectralSubtraction"
)
