"""SignalRfft: Fourier transform of real values."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalRfft", custom=True, resolver="AddRfft")
