"""SPACE_TO_DEPTH: blocks of space become channels, (N, H, W, C)."""

from arenafit.ops._shapes import listed, needed_rank
from arenafit.ops.facts import COPY_INT8
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError
from arenafit.ops.rows import Window


def _shapes(operands: Operands) -> list[Shape]:
    shape = operands.shape(0)
    needed_rank(shape, 4, "the input")
    block = operands.option("block_size", 0)
    if block < 1 or shape[1] % block or shape[2] % block:
        raise ShapeError(f"an input {listed(shape)} does not divide into blocks of {block} by {block}")
    return [(shape[0], shape[1] // block, shape[2] // block, shape[3] * block * block)]


def _rows(operands: Operands, axis: int) -> Window | None:
    graph, op = operands.graph, operands.op
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    if source is None or source.is_constant or len(source.shape) != 4 or source.shape[0] != 1:
        return None
    block, rest = divmod(source.shape[axis], output.shape[axis])
    return Window(block, block, 0, 0, exact=True) if block and not rest else None


OPERATOR = Operator(
    "SPACE_TO_DEPTH",
    keeps_values=(0,),
    output_shapes=_shapes,
    rows=_rows,
    resolver="AddSpaceToDepth",
    precisions=COPY_INT8,
)
