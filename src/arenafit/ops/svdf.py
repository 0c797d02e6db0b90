"""SVDF: a stateful layer of rank-one filters over the last frames."""

from arenafit.ops._shapes import listed, needed_rank
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    frames, weights = operands.shape(0), operands.shape(1)
    needed_rank(frames, 2, "the input")
    needed_rank(weights, 2, "the weights")
    rank = operands.option("rank", 0)
    if rank < 1 or weights[0] % rank or weights[1] != frames[1]:
        raise ShapeError(f"weights {listed(weights)} of rank {rank} do not fit an input {listed(frames)}")
    return [(frames[0], weights[0] // rank)]


OPERATOR = Operator(
    "SVDF", output_shapes=_shapes, resolver="AddSvdf", unquantised="its state is not calibrated from outside"
)
