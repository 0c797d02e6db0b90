"""RELU: requantised, then clamped at zero (ReluQuantized of tensorflow/lite/micro/kernels/activations_common.cc)."""

from arenafit.rewrites.intervals._channelwise import Unary
from arenafit.rewrites.intervals._numbers import RELU

RULE = Unary("RELU", activation=RELU)
