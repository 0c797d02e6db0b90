"""SPACE_TO_DEPTH: blocks of space become channels, (N, H, W, C)."""

from arenafit.ops._shapes import listed, needed_rank
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape]:
    shape = operands.shape(0)
    needed_rank(shape, 4, "the input")
    block = operands.option("block_size", 0)
    if block < 1 or shape[1] % block or shape[2] % block:
        raise ShapeError(f"an input {listed(shape)} does not divide into blocks of {block} by {block}")
    return [(shape[0], shape[1] // block, shape[2] // block, shape[3] * block * block)]


OPERATOR = Operator("SPACE_TO_DEPTH", output_shapes=_shapes)
