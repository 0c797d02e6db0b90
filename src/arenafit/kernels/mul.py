"""MUL: OpDataMul kept; the CMSIS-NN kernel keeps the same.

Mirrors tensorflow/lite/micro/kernels/mul_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels import _esp_nn_order
from arenafit.kernels._extents import broadcasting
from arenafit.kernels.conditions import inputs, outputs, scaled, symmetric, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import ENUM, FLOAT, INT, array, struct
from arenafit.targets.libraries import ESP_NN_S3

KERNEL = Kernel(
    "MUL",
    KernelMemory(init=struct(array(INT, 7), FLOAT, FLOAT), prepare=temps(0, 1), source="mul_common.cc"),
    builtin=struct(ENUM),
    aligned={ESP_NN_S3: _esp_nn_order.always},
    sharing=Sharing("one pass, each block read before it is written: reference, CMSIS-NN, ESP-NN", elementwise(0, 1)),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 f32 > f32", "i32 i32 > i32", "i8 i8 > i8", "i16 i16 > i16"),
        scaled(0, 1),
        symmetric(0, 1),
        broadcasting(6),
    ),
)
