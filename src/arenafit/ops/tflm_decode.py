"""TFLM_DECODE: compressed tensors decoded."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("TFLM_DECODE", custom=True, resolver="AddDecode")
