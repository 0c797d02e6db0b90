"""ARG_MAX: parameters only.

Mirrors tensorflow/lite/micro/kernels/arg_min_max.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._arg_min_max import arg_min_max

KERNEL = arg_min_max("ARG_MAX")
