"""What DEPTH_TO_SPACE and SPACE_TO_DEPTH share.

Mirrors tensorflow/lite/micro/kernels/depth_to_space.cc and space_to_depth.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.targets.abi import INT, struct


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    requests.writable_output_dims(0, requests.shape(requests.needed_output(0)))


def rearrangement(name: str) -> Kernel:
    """Return the kernel `name`, which moves blocks of pixels to channels or back."""
    return Kernel(
        name,
        KernelMemory(prepare=_prepare, source=f"{name.lower()}.cc"),
        builtin=struct(INT),
        conditions=(
            inputs(1),
            outputs(1),
            typed("f32 > f32", "i8 > i8"),
            rank(4, 4, 0),
        ),
    )
