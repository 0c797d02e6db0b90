"""MINIMUM: no Init, no Prepare.

Mirrors tensorflow/lite/micro/kernels/maximum_minimum.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._maximum_minimum import maximum_minimum

KERNEL = maximum_minimum("MINIMUM")
