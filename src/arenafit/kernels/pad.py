"""PAD: the paddings are kept; the CMSIS-NN kernel keeps the same.

Mirrors tensorflow/lite/micro/kernels/pad_common.cc and cmsis_nn/pad.cc (commit 90b983c2 of 2026-08-20).
"""

from arenafit.kernels._extents import exact_shape
from arenafit.kernels._padding import PADDING, behind_the_margin, behind_what_is_copied
from arenafit.kernels._scales import pad_value
from arenafit.kernels.conditions import constant, inputs, outputs, rank, typed
from arenafit.kernels.protocol import Kernel
from arenafit.kernels.sharing import Sharing
from arenafit.targets.libraries import ESP_NN, ESP_NN_P4, ESP_NN_S3, REFERENCE

KERNEL = Kernel(
    "PAD",
    PADDING,
    sharing=Sharing(
        "one pass over the output, the operand's elements taken in order, in CMSIS-NN by memcpy of rows or pixels",
        behind_what_is_copied,
        only=dict.fromkeys((REFERENCE, ESP_NN, ESP_NN_S3, ESP_NN_P4), behind_the_margin),
    ),
    conditions=(
        inputs(2, 3),
        outputs(1),
        typed("f32 i32 f32? > f32", "i8 i32 i8? > i8", "i16 i32 i16? > i16", "i32 i32 i32? > i32"),
        rank(0, 5, 0),
        constant(1),
        exact_shape,
        pad_value,
    ),
)
