"""SignalIrfft: inverse Fourier transform to real values."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("SignalIrfft", custom=True, resolver="AddIrfft")
