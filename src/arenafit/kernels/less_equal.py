"""LESS_EQUAL: ComparisonParams kept.

Mirrors tensorflow/lite/micro/kernels/comparisons.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._comparisons import NUMBERS, comparison

KERNEL = comparison("LESS_EQUAL", *NUMBERS)
