"""What the pooling kernels keep.

Mirrors tensorflow/lite/micro/kernels/pooling.h, pooling_common.cc and cmsis_nn/pooling.cc (commit 90b983c2 of
2026-08-20), and CMSIS-NN's Source/PoolingFunctions/arm_avgpool_get_buffer_sizes_s8.c and _s16.c (commit 4ab83cc3).
"""

from arenafit.ir import DType
from arenafit.kernels._cmsis_nn import has_dsp, has_mve
from arenafit.kernels._params import TFLITE_PADDING_VALUES
from arenafit.kernels.protocol import KernelMemory, Requests, temps
from arenafit.targets.abi import FLOAT, INT, INT32, struct

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
