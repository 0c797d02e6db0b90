"""RANK: the number of dimensions of operand 0, from its shape alone."""

import numpy as np

from arenafit.ops._evaluation import Array
from arenafit.ops.protocol import Operands, Operator


def _evaluate(operands: Operands, _values: list[Array]) -> list[Array]:
    return [np.array(len(operands.needed_input(0).shape), dtype=operands.needed_output().dtype.numpy)]


OPERATOR = Operator("RANK", evaluate=_evaluate, reads_shape_only=True)
