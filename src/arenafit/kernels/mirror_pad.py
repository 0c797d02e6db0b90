"""MIRROR_PAD: OpDataMirrorPad kept; two integers per dimension as scratch.

Mirrors tensorflow/lite/micro/kernels/mirror_pad.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.targets.abi import ENUM, INT, array, struct


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1)
    size_bytes = 4 * len(requests.shape(requests.needed_input(0)))
    requests.scratch(size_bytes, "strides of the output")
    requests.scratch(size_bytes, "strides of the input")


KERNEL = Kernel(
    "MIRROR_PAD",
    KernelMemory(init=struct(array(INT, 5)), prepare=_prepare, source="mirror_pad.cc"),
    builtin=struct(ENUM),
)
