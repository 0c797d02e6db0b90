"""SOFTMAX: SoftmaxParams kept; for 16-bit inputs two lookup tables.

Mirrors tensorflow/lite/micro/kernels/softmax.cc, softmax_common.cc and cmsis_nn/softmax.cc (commit 90b983c2 of
2026-08-20), and esp_nn/softmax.cc of esp-tflite-micro 1.4.0 (99f49e14).
"""

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType
from arenafit.kernels import _esp_nn_order
from arenafit.kernels._scales import softmax_scales
from arenafit.kernels.conditions import Fault, inputs, outputs, rank, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests, steps
from arenafit.kernels.sharing import Sharing, elementwise
from arenafit.ops import Operands
from arenafit.targets.abi import DOUBLE, FLOAT, INT, INT32, POINTER, array, struct
from arenafit.targets.libraries import ESP_NN_S3, KernelFamily, KernelLibrary

_PARAMS = struct(DOUBLE, array(INT32, 4), INT, INT32, FLOAT, array(POINTER, 5))
# kInt16LUTArraySize entries of 2 bytes
_TABLE_BYTES = 2 * 513


def _prepare(requests: Requests) -> None:
    requests.temps(0)
    if requests.has_type(requests.input(0), DType.INT16):
        requests.persistent(_TABLE_BYTES, "table of exp(x)")
        requests.persistent(_TABLE_BYTES, "table of 1 / (1 + x)")


def _exponentials(requests: Requests) -> None:
    """The end of esp_nn/softmax.cc's Prepare, which takes the second dimension for the length of a row.

    The kernel writes as many exponentials as a row has, past the buffer if the second dimension is smaller.
    """
    input_, output = requests.needed_input(0), requests.needed_output(0)
    if input_.dtype is not DType.INT8 or output.dtype is not DType.INT8:
        return
    shape = requests.shape(input_)
    if len(shape) < 2:
        raise UnsupportedModelError(
            f"SOFTMAX (operator {requests.op.id}): ESP-NN takes the size of its buffer from a second dimension, which"
            " its operand does not have: give it one by RESHAPE"
        )
    requests.scratch(4 * shape[1], "exponentials of a row")
    if shape[-1] > shape[1]:
        requests.overrun(4 * (shape[-1] - shape[1]), "exponentials of a row")


def _overruns(operands: Operands, _library: KernelLibrary) -> bool:
    source = operands.input(0)
    return (
        source is not None
        and source.dtype is DType.INT8
        and len(source.shape) > 1
        and source.shape[-1] > source.shape[1]
    )


_SHORT = Fault(
    _overruns,
    "the kernel writes behind its scratch buffer, which it sizes by the second dimension and not by the last",
    "give it two dimensions by RESHAPE, or let fit or plan lay the model out: they keep those bytes free",
    "esp_nn/softmax.cc",
)


KERNEL = Kernel(
    "SOFTMAX",
    KernelMemory(init=_PARAMS, prepare=_prepare, source="softmax.cc"),
    libraries={
        KernelFamily.CMSIS_NN: KernelMemory(
            init=struct(_PARAMS, INT32, INT32), prepare=_prepare, source="cmsis_nn/softmax.cc"
        ),
        KernelFamily.ESP_NN: KernelMemory(
            init=struct(_PARAMS, INT),
            prepare=steps(_prepare, _exponentials),
            source="esp_nn/softmax.cc",
            faults=(_SHORT,),
        ),
    },
    builtin=struct(FLOAT),
    aligned={ESP_NN_S3: _esp_nn_order.always},
    sharing=Sharing(
        "a row's maximum and sum are known before element i is read again and written, in all libraries", elementwise(0)
    ),
    conditions=(
        inputs(1),
        outputs(1),
        typed("f32 > f32", "i8 > i8|i16", "i16 > i16"),
        rank(1, 8, 0),
        scaled(0),
        softmax_scales,
    ),
)
