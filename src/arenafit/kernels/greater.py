"""GREATER: ComparisonParams kept.

Mirrors tensorflow/lite/micro/kernels/comparisons.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._comparisons import NUMBERS, comparison
from arenafit.kernels.conditions import scaled

KERNEL = comparison("GREATER", *NUMBERS, "i16 i16 > bool", scales=scaled(0, 1, types=(DType.INT8,)))
