"""L2_POOL_2D: the output's dimensions are copied to the tail.

Mirrors tensorflow/lite/micro/kernels/l2_pool_2d.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._params import TFLITE_POOL_PARAMS
from arenafit.kernels.conditions import inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests


def _prepare(requests: Requests) -> None:
    output = requests.temp_output(0)
    requests.temp_input(0)
    if output is not None:
        requests.writable_output_dims(0, requests.shape(output))


KERNEL = Kernel(
    "L2_POOL_2D",
    KernelMemory(prepare=_prepare, source="l2_pool_2d.cc"),
    builtin=TFLITE_POOL_PARAMS,
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32"),
        rank(4, 4, 0, output=True),
    ),
)
