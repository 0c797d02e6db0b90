"""SVDF: an accumulator per filter and, quantised, per unit; with MVE the sums of the feature weights are kept.

Mirrors tensorflow/lite/micro/kernels/svdf_common.cc and cmsis_nn/svdf.cc built with KERNELS_OPTIMIZED_FOR_SPEED, the
default (commit 90b983c2 of 2026-08-20), and CMSIS-NN's arm_svdf_get_buffer_sizes_s8.c (commit 4ab83cc3).
"""

from arenafit.ir import DType
from arenafit.kernels._cmsis_nn import has_mve
from arenafit.kernels._scales import svdf_state
from arenafit.kernels.conditions import constant, inputs, outputs, rank, scaled, typed
from arenafit.kernels.protocol import Kernel, KernelMemory, Requests
from arenafit.targets.abi import BOOL, ENUM, INT, INT32, POINTER, array, struct
from arenafit.targets.libraries import KernelFamily


def _prepare_reference(requests: Requests) -> None:
    """PrepareSvdf."""
    requests.temps(0, 1, 2, 3, 4)
    batches, filters = requests.shape(requests.needed_input(0))[0], requests.shape(requests.needed_input(1))[0]
    requests.scratch(4 * batches * filters, "accumulators of the filters")
    if requests.has_type(requests.input(0), DType.INT8):
        units = filters // max(1, requests.option("rank", 1))
        requests.scratch(4 * batches * units, "accumulators of the units")


def _prepare_cmsis_nn(requests: Requests) -> None:
    """CmsisNnPrepareSvdf."""
    _prepare_reference(requests)
    if has_mve(requests) and requests.has_type(requests.input(0), DType.INT8):
        requests.persistent(4 * requests.shape(requests.needed_input(1))[0], "sums of the feature weights")


KERNEL = Kernel(
    "SVDF",
    KernelMemory(init=struct(array(INT32, 2), array(INT, 7)), prepare=_prepare_reference, source="svdf.cc"),
    libraries={
        KernelFamily.CMSIS_NN: KernelMemory(
            init=struct(array(INT32, 2), array(INT, 4), POINTER, array(INT, 3)),
            prepare=_prepare_cmsis_nn,
            source="cmsis_nn/svdf.cc",
            conditions=(constant(1),),
        )
    },
    builtin=struct(INT, ENUM, BOOL),
    conditions=(
        inputs(5),
        outputs(1),
        typed("f32 f32 f32 f32? f32 > f32", "i8 i8 i16|i8 i32 i16|i8 > i8"),
        rank(2, 2, 0, 1, 2, 4, output=True),
        svdf_state,
        scaled(0, 1, 2),
    ),
)
