"""GATHER_ND: slices of operand 0, each named by a row of operand 1."""

from arenafit.ops._shapes import listed
from arenafit.ops.facts import COPY_INT8
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    shape, indices = operands.shape(0), operands.shape(1)
    if not indices or indices[-1] > len(shape):
        raise ShapeError(f"indices {listed(indices)} do not fit an input {listed(shape)}")
    return [(*indices[:-1], *shape[indices[-1] :])]


OPERATOR = Operator(
    "GATHER_ND", keeps_values=(0,), output_shapes=_shapes, any_view=True, resolver="AddGatherNd", precisions=COPY_INT8
)
