"""REDUCE_PROD: product along the axes of operand 1; TFLM has no kernel, but of shapes it is known beforehand."""

import numpy as np

from arenafit.ops._evaluation import Array, integer_reduction
from arenafit.ops._shapes import reduced
from arenafit.ops.protocol import Operator


def _product(values: Array, axes: tuple[int, ...], keep: bool) -> Array:
    return np.asarray(np.prod(values, axis=axes, keepdims=keep))


OPERATOR = Operator("REDUCE_PROD", output_shapes=reduced, any_view=True, evaluate=integer_reduction(_product))
