"""AVERAGE_POOL_2D: OpDataPooling kept; CMSIS-NN with the DSP extension needs an int32 sum per channel.

Mirrors tensorflow/lite/micro/kernels/pooling.cc, pooling_common.cc and cmsis_nn/pooling.cc (commit 90b983c2 of
2026-08-20).
"""

from arenafit.ir import DType
from arenafit.kernels import _esp_nn_order
from arenafit.kernels._params import TFLITE_POOL_PARAMS
from arenafit.kernels._pooling import CMSIS_NN_AVERAGE, POOLING
from arenafit.kernels._windows import behind_the_window
from arenafit.kernels.conditions import agreeing, inputs, outputs, rank, scaled, typed
from arenafit.kernels.protocol import Kernel
from arenafit.kernels.sharing import Sharing
from arenafit.targets.libraries import ESP_NN, ESP_NN_S3, REFERENCE, Family

KERNEL = Kernel(
    "AVERAGE_POOL_2D",
    POOLING,
    libraries={Family.CMSIS_NN: CMSIS_NN_AVERAGE},
    builtin=TFLITE_POOL_PARAMS,
    aligned={ESP_NN_S3: _esp_nn_order.always},
    sharing=Sharing(
        "pixels in order, a pixel's channels while its window is read; in the reference kernels when it has been read",
        behind_the_window(filter_position=None, whole_pixels=True),
        only={
            REFERENCE: behind_the_window(filter_position=None),
            ESP_NN: behind_the_window(filter_position=None),
        },
    ),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8", "i16 > i16"),
        rank(4, 4, 0, output=True),
        agreeing(0, types=(DType.INT8, DType.INT16), tolerance=1e-6),
        scaled(0),
    ),
)
