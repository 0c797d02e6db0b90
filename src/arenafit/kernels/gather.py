"""GATHER: the output's dimensions are copied to the tail.

Mirrors tensorflow/lite/micro/kernels/gather.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.targets.abi import INT, struct


def _prepare(requests: Requests) -> None:
    requests.temps(0, 1)
    source, positions = requests.shape(requests.needed_input(0)), requests.shape(requests.needed_input(1))
    axis, batches = requests.option("axis", 0), requests.option("batch_dims", 0)
    axis += len(source) if axis < 0 else 0
    batches += len(positions) if batches < 0 else 0
    requests.writable_output_dims(0, (*source[:axis], *positions[batches:], *source[axis + 1 :]))


KERNEL = Kernel("GATHER", KernelMemory(prepare=_prepare, source="gather.cc"), builtin=struct(INT, INT))
