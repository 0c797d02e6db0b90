"""SPACE_TO_BATCH_ND: blocks of padded space become batch."""

from arenafit.ops._shapes import listed
from arenafit.ops.facts import COPY_INT8
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    shape, blocks, paddings = operands.shape(0), operands.integers(1), operands.integers(2)
    if blocks is None or paddings is None:
        return [None]
    if len(paddings) != 2 * len(blocks) or len(shape) < len(blocks) + 1 or any(block < 1 for block in blocks):
        raise ShapeError(f"blocks {listed(blocks)} and paddings {listed(paddings)} do not fit an input {listed(shape)}")
    batch = shape[0]
    space = []
    for axis, block in enumerate(blocks):
        size = shape[axis + 1] + paddings[2 * axis] + paddings[2 * axis + 1]
        if size % block:
            raise ShapeError(f"{size} padded positions of axis {axis + 1} do not divide by the block {block}")
        batch *= block
        space.append(size // block)
    return [(batch, *space, *shape[len(blocks) + 1 :])]


OPERATOR = Operator("SPACE_TO_BATCH_ND", output_shapes=_shapes, resolver="AddSpaceToBatchNd", precisions=COPY_INT8)
