"""What the kernels of two booleans share.

Mirrors tensorflow/lite/micro/kernels/logical.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, typed
from arenafit.kernels.protocol import Kernel, KernelMemory
from arenafit.kernels.sharing import Sharing, elementwise


def logical(name: str) -> Kernel:
    """Return the kernel `name` of two tensors of booleans."""
    return Kernel(
        name,
        KernelMemory(source="logical.cc"),
        sharing=Sharing(
            "one pass, element i is read before it is written; the reference kernel everywhere", elementwise(0, 1)
        ),
        conditions=(
            inputs(2),
            outputs(1),
            typed("bool bool > bool"),
        ),
    )
