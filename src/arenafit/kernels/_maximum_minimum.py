"""What MAXIMUM and MINIMUM share.

Mirrors tensorflow/lite/micro/kernels/maximum_minimum.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._extents import broadcasting
from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.kernels.since import type_since


def maximum_minimum(name: str) -> Kernel:
    """Return the kernel `name` of two tensors, element by element."""
    return Kernel(
        name,
        KernelMemory(source="maximum_minimum.cc"),
        sharing=Sharing("one pass, each block read before it is written: reference and CMSIS-NN", elementwise(0, 1)),
        conditions=(
            inputs(2),
            outputs(1),
            typed("f32 f32 > f32", "i8 i8 > i8", "i16 i16 > i16", "i32 i32 > i32", "i64 i64 > i64"),
            broadcasting(5),
        ),
        since=(type_since(DType.INT16, "2024-09-09", "19aaea85e"),),
    )
