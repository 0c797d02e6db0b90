"""STRIDED_SLICE: StridedSliceParams kept.

Mirrors tensorflow/lite/micro/kernels/strided_slice_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.targets.abi import BOOL, INT, INT8, INT16, INT32, array, struct

KERNEL = Kernel(
    "STRIDED_SLICE",
    KernelMemory(
        init=struct(*[INT8, array(INT32, 5)] * 3, array(INT16, 5), BOOL),
        prepare=temps(0, 1, 2, 3),
        source="strided_slice_common.cc",
    ),
    builtin=struct(array(INT, 5), BOOL),
)
