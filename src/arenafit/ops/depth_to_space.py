"""DEPTH_TO_SPACE: blocks of channels become space, (N, H, W, C)."""

from arenafit.ops._resampling import factor_of
from arenafit.ops._shapes import needed_rank
from arenafit.ops.facts import COPY_INT8
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError
from arenafit.ops.rows import Window


def _shapes(operands: Operands) -> list[Shape]:
    batch, height, width, channels = _image(operands)
    block = operands.option("block_size", 0)
    if block < 1 or channels % (block * block):
        raise ShapeError(f"{channels} channels do not make blocks of {block} by {block}")
    return [(batch, height * block, width * block, channels // (block * block))]


def _image(operands: Operands) -> Shape:
    shape = operands.shape(0)
    needed_rank(shape, 4, "the input")
    return shape


def _rows(operands: Operands, axis: int) -> Window | None:
    graph, op = operands.graph, operands.op
    factor = factor_of(graph.inputs_of(op)[0], graph.tensor(op.outputs[0]), axis)
    return None if factor is None else Window(1, 1, 0, 0, factor=factor)


OPERATOR = Operator(
    "DEPTH_TO_SPACE",
    keeps_values=(0,),
    output_shapes=_shapes,
    rows=_rows,
    resolver="AddDepthToSpace",
    precisions=COPY_INT8,
)
