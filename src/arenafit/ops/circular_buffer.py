"""CIRCULAR_BUFFER: the last frames of a stream."""

from arenafit.ops.protocol import Operator

OPERATOR = Operator("CIRCULAR_BUFFER", custom=True, keeps_state=True, resolver="AddCircularBuffer")
