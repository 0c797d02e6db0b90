"""Parameter structures that several kernels keep.

Mirrors tensorflow/lite/kernels/internal/types.h and tensorflow/compiler/mlir/lite/core/c/builtin_op_data.h as of
tflite-micro's commit 90b983c2 of 2026-08-20.
"""

from arenafit.targets.abi import ENUM, FLOAT, INT, INT16, INT32, INT64, UINT8_ENUM, array, struct

TFLITE_PADDING_VALUES = struct(array(INT, 4))
TFLITE_POOL_PARAMS = struct(ENUM, array(INT, 4), ENUM, TFLITE_PADDING_VALUES)
ARITHMETIC_PARAMS = struct(
    UINT8_ENUM, array(INT32, 12), array(FLOAT, 2), array(INT64, 2), array(INT16, 2), array(INT, 5)
)
CONV_PARAMS = struct(
    UINT8_ENUM, struct(array(INT16, 4)), array(INT16, 4), array(INT32, 4), INT, array(INT32, 2), array(FLOAT, 2)
)
