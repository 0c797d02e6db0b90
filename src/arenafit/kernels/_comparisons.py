"""What the kernels that compare two tensors share: one source file, one parameter block.

Mirrors tensorflow/lite/micro/kernels/comparisons.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels._extents import broadcasting
from arenafit.kernels.conditions import Demand, inputs, outputs, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.kernels.since import type_since
from arenafit.targets.abi import BOOL, INT, array, struct

NUMBERS = ("f32 f32 > bool", "i32 i32 > bool", "i64 i64 > bool", "i8 i8 > bool")


def comparison(name: str, *signatures: str, scales: Demand | None = None) -> Kernel:
    """Return the kernel `name`, which takes tensors of types `signatures`; `scales` by default of both operands."""
    return Kernel(
        name,
        KernelMemory(init=struct(array(INT, 7), BOOL), prepare=temps(0, 1, outputs=()), source="comparisons.cc"),
        sharing=Sharing(
            "one pass, element i is read before it is written; the reference kernel everywhere", elementwise(0, 1)
        ),
        conditions=(inputs(2), outputs(1), typed(*signatures), scales or scaled(0, 1), broadcasting(4)),
        since=(type_since(DType.INT16, "2025-03-17", "39209b412"),),
    )
