"""BATCH_TO_SPACE_ND: blocks of the batch become space, cropped."""

from arenafit.ops._shapes import listed
from arenafit.ops.facts import COPY_INT8
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError


def _shapes(operands: Operands) -> list[Shape | None]:
    shape, blocks, crops = operands.shape(0), operands.integers(1), operands.integers(2)
    if blocks is None or crops is None or min(crops, default=0) < 0:
        return [None]  # TFLM goes by the output's own shape
    if len(crops) != 2 * len(blocks) or len(shape) < len(blocks) + 1 or any(block < 1 for block in blocks):
        raise ShapeError(f"blocks {listed(blocks)} and crops {listed(crops)} do not fit an input {listed(shape)}")
    batch = shape[0]
    space = []
    for axis, block in enumerate(blocks):
        if batch % block:
            raise ShapeError(f"batch {shape[0]} does not divide by the blocks {listed(blocks)}")
        batch //= block
        space.append(shape[axis + 1] * block - crops[2 * axis] - crops[2 * axis + 1])
    return [(batch, *space, *shape[len(blocks) + 1 :])]


OPERATOR = Operator(
    "BATCH_TO_SPACE_ND", keeps_values=(0,), output_shapes=_shapes, resolver="AddBatchToSpaceNd", precisions=COPY_INT8
)
