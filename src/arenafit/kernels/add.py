"""ADD: OpDataAdd kept; the CMSIS-NN kernel keeps the same.

Mirrors tensorflow/lite/micro/kernels/add.cc, add_common.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels import _esp_nn_order
from arenafit.kernels._extents import broadcasting
from arenafit.kernels._scales import sum_scales
from arenafit.kernels.conditions import inputs, outputs, scaled, symmetric, typed, unscaled
from arenafit.kernels.protocol import Kernel, KernelMemory, temps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.targets.abi import BOOL, ENUM, FLOAT, INT, array, struct
from arenafit.targets.libraries import ESP_NN_S3, KernelFamily

_OP_DATA = struct(BOOL, array(INT, 12), FLOAT, FLOAT)

KERNEL = Kernel(
    "ADD",
    KernelMemory(init=_OP_DATA, prepare=temps(0, 1), source="add.cc, add_common.cc"),
    libraries={
        KernelFamily.CMSIS_NN: KernelMemory(
            init=_OP_DATA, prepare=temps(0, 1), source="cmsis_nn/add.cc", conditions=(symmetric(0, 1),)
        )
    },
    builtin=struct(ENUM, BOOL),
    aligned={ESP_NN_S3: _esp_nn_order.always},
    sharing=Sharing("one pass, each block read before it is written: reference, CMSIS-NN, ESP-NN", elementwise(0, 1)),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 f32 > f32", "i32 i32 > i32", "i8 i8 > i8", "i16 i16 > i16"),
        scaled(0, 1),
        unscaled(0, 1),
        sum_scales,
        broadcasting(6),
    ),
)
