"""BATCH_MATMUL: room for a transposed copy of each operand that is not stored as the kernel wants it, in the tail.

Mirrors tensorflow/lite/micro/kernels/batch_matmul.cc, batch_matmul_common.cc and cmsis_nn/batch_matmul.cc (commit
90b983c2 of 2026-08-20), and CMSIS-NN's arm_fully_connected_get_buffer_sizes_s8.c (commit 4ab83cc3).
"""

from arenafit.ir import DType, Tensor
from arenafit.kernels._cmsis_nn import has_mve
from arenafit.kernels.conditions import inputs, outputs, rank, scaled, symmetric, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.kernels.since import exists_since
from arenafit.kernels.sizes import tensor_size_bytes
from arenafit.targets.abi import BOOL, INT, INT32, POINTER, TFLITE_EVAL_TENSOR, array, int_array_size_bytes, struct
from arenafit.targets.libraries import KernelFamily

_OP_DATA = struct(POINTER, POINTER, POINTER, BOOL, BOOL, BOOL)
_QUANTIZATION = struct(INT32, INT, array(INT32, 5))


def _prepare_reference(requests: Requests) -> None:
    requests.temps(0, 1)
    left, right = requests.needed_input(0), requests.needed_input(1)
    if left.dtype in {DType.INT8, DType.INT16}:
        requests.persistent_struct(_QUANTIZATION, "quantisation of the product")
    _transposed(requests, left, right)
    _reshape(requests, left, right)


def _prepare_cmsis_nn(requests: Requests) -> None:
    requests.temps(0, 1)
    left, right = requests.needed_input(0), requests.needed_input(1)
    _transposed(requests, left, right)
    _reshape(requests, left, right)
    if DType.FLOAT32 in {left.dtype, right.dtype}:
        return
    requests.persistent_struct(_QUANTIZATION, "quantisation of the product")
    if left.dtype is DType.INT8 and has_mve(requests):
        requests.scratch(4 * requests.shape(requests.needed_output(0))[-1], "sums of the right operand's rows")


def _transposed(requests: Requests, left: Tensor, right: Tensor) -> None:
    if requests.option("adj_x"):
        _copy(requests, left)
    if not requests.option("adj_y"):
        _copy(requests, right)


def _copy(requests: Requests, tensor: Tensor) -> None:
    """AllocInitTransposeTensorFromTfLiteTensor."""
    shape = requests.shape(tensor)
    requests.persistent_struct(TFLITE_EVAL_TENSOR, "transposed operand")
    requests.persistent(int_array_size_bytes(len(shape)), "dimensions of the transposed operand")
    requests.persistent(tensor_size_bytes(tensor, shape), "content of the transposed operand", written=False)


def _reshape(requests: Requests, left: Tensor, right: Tensor) -> None:
    """ReshapeOutputTensor of batch_matmul_common.cc."""
    first, second = requests.shape(left), requests.shape(right)
    rank = max(len(first), len(second))
    first, second = (1,) * (rank - len(first)) + first, (1,) * (rank - len(second)) + second
    batches = tuple(b if a == 1 else a for a, b in zip(first[:-2], second[:-2], strict=True))
    rows = first[-1] if requests.option("adj_x") else first[-2]
    columns = second[-2] if requests.option("adj_y") else second[-1]
    requests.writable_output_dims(0, (*batches, rows, columns))


KERNEL = Kernel(
    "BATCH_MATMUL",
    KernelMemory(init=_OP_DATA, prepare=_prepare_reference, source="batch_matmul.cc"),
    libraries={
        KernelFamily.CMSIS_NN: KernelMemory(
            init=struct(_OP_DATA, array(INT32, 4), INT),
            prepare=_prepare_cmsis_nn,
            source="cmsis_nn/batch_matmul.cc",
            conditions=(rank(2, 4, 0, 1),),
        )
    },
    builtin=struct(BOOL, BOOL, BOOL),
    conditions=(
        inputs(2),
        outputs(1),
        typed("f32 f32 > f32", "i8 i8 > i8", "i16 i16 > i16"),
        rank(2, 5, 0, 1),
        scaled(0, 1),
        symmetric(0, 1),
    ),
    since=(exists_since("2023-09-06", "5d542d7ed", wheel_day="2024-01-10"),),
)
