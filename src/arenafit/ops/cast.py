"""CAST: another element type, element by element."""

from dataclasses import replace

import numpy as np

from arenafit.ir import DType
from arenafit.ops._bitcasts import is_same_type
from arenafit.ops._elementwise import unary
from arenafit.ops._evaluation import Array
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operands, Operator

_INTEGERS = frozenset({DType.INT8, DType.INT16, DType.INT32, DType.INT64, DType.UINT8, DType.UINT16, DType.UINT32})


def _evaluate(operands: Operands, values: list[Array]) -> list[Array] | None:
    source, result = operands.needed_input(0).dtype, operands.needed_output().dtype
    if source not in _INTEGERS or result not in _INTEGERS:
        return None
    converted = values[0].astype(result.numpy)
    # Values that do not fit are left to the kernel.
    return [converted] if np.array_equal(converted.astype(np.int64), values[0].astype(np.int64)) else None


OPERATOR = replace(
    unary(
        Operator(
            "CAST",
            keeps_values=(0,),
            output_shapes=as_input(),
            any_view=True,
            is_bitcast=is_same_type,
            evaluate=_evaluate,
            resolver="AddCast",
        )
    ),
    rows=None,  # loops over rows carry int8 and float
)
