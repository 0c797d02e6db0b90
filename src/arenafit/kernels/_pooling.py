"""What the pooling kernels share.

Mirrors tensorflow/lite/micro/kernels/pooling.h, pooling_common.cc and cmsis_nn/pooling.cc (commit 90b983c2 of
2026-08-20), and CMSIS-NN's Source/PoolingFunctions/arm_avgpool_get_buffer_sizes_s8.c and _s16.c (commit 4ab83cc3).
"""

from arenafit.ir import DType
from arenafit.kernels import _esp_nn_order
from arenafit.kernels._cmsis_nn import has_dsp, has_mve
from arenafit.kernels._params import TFLITE_PADDING_VALUES, TFLITE_POOL_PARAMS
from arenafit.kernels._windows import behind_the_window
from arenafit.kernels.conditions import agreeing, inputs, outputs, rank, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, temps
from arenafit.kernels.sharing import Sharing
from arenafit.targets.abi import FLOAT, INT, INT32, struct
from arenafit.targets.libraries import ESP_NN, ESP_NN_S3, REFERENCE, KernelFamily

OP_DATA = struct(TFLITE_PADDING_VALUES, INT32, INT32, FLOAT, FLOAT)
CMSIS_NN_OP_DATA = struct(OP_DATA, INT)

POOLING = KernelMemory(init=OP_DATA, prepare=temps(0), source="pooling.cc")
CMSIS_NN_MAX = KernelMemory(init=CMSIS_NN_OP_DATA, prepare=temps(0), source="cmsis_nn/pooling.cc")


def _prepare_average(requests: Requests) -> None:
    requests.temps(0)  # PoolingPrepare
    requests.temps(0)
    output = requests.needed_output(0)
    quantised = requests.has_type(requests.input(0), DType.INT8, DType.INT16)
    if quantised and has_dsp(requests) and not has_mve(requests):
        requests.scratch(4 * requests.shape(output)[-1], "sums of average pooling")


CMSIS_NN_AVERAGE = KernelMemory(init=CMSIS_NN_OP_DATA, prepare=_prepare_average, source="cmsis_nn/pooling.cc")


def pooling(name: str, cmsis_nn: KernelMemory) -> Kernel:
    """Return the pooling kernel `name`, which asks for `cmsis_nn` in CMSIS-NN."""
    return Kernel(
        name,
        POOLING,
        libraries={KernelFamily.CMSIS_NN: cmsis_nn},
        builtin=TFLITE_POOL_PARAMS,
        aligned={ESP_NN_S3: _esp_nn_order.always},
        sharing=Sharing(
            "pixels in order, a pixel's channels while its window is read; in the reference kernels when it has been"
            " read",
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
