"""FILL: operand 1 repeated over the shape in operand 0."""

import numpy as np

from arenafit.ir import same_quant
from arenafit.ops._evaluation import Array
from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape | None]:
    return [operands.integers(0)]


def _evaluate(operands: Operands, values: list[Array]) -> list[Array] | None:
    shape = tuple(int(extent) for extent in values[0].flat)
    if values[1].size != 1 or not same_quant(operands.needed_input(1).quant, operands.needed_output().quant):
        return None
    # Compared before anything is made: a file may name any extents.
    return [np.full(shape, values[1].reshape(()))] if shape == operands.needed_output().shape else None


OPERATOR = Operator("FILL", output_shapes=_shapes, evaluate=_evaluate, resolver="AddFill")
