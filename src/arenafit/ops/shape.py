"""SHAPE: the shape of operand 0."""

import numpy as np

from arenafit.ops._evaluation import Array
from arenafit.ops.facts import SHAPE_ONLY, Family
from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape]:
    return [(len(operands.shape(0)),)]


def _evaluate(operands: Operands, _values: list[Array]) -> list[Array] | None:
    # TFLM and an interpreter that nobody resized take the shape from the file; a signature of -1 is only a wish.
    shape = operands.needed_input(0).shape
    return (
        [np.array(shape, dtype=operands.needed_output().dtype.numpy)] if all(extent >= 0 for extent in shape) else None
    )


OPERATOR = Operator(
    "SHAPE",
    family=Family.SHAPE,
    output_shapes=_shapes,
    evaluate=_evaluate,
    reads_shape_only=True,
    resolver="AddShape",
    precisions=SHAPE_ONLY,
)
