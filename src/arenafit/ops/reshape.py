"""RESHAPE: the same elements in another shape, from operand 1 or the options."""

from math import prod

from arenafit.ops import magnitudes
from arenafit.ops._bitcasts import always
from arenafit.ops._evaluation import reshaped
from arenafit.ops._shapes import resolved
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator, Shape
from arenafit.ops.rows import Pointwise


def _shapes(operands: Operands) -> list[Shape | None]:
    wanted = operands.integers(1)
    if wanted is None and operands.input(1) is None:
        wanted = operands.option("new_shape")
    return [None if wanted is None else resolved(tuple(wanted), prod(operands.shape(0)))]


def _rows(operands: Operands, axis: int) -> Pointwise | None:
    """A RESHAPE within rows."""
    graph, op = operands.graph, operands.op
    source, output = graph.inputs_of(op)[0], graph.tensor(op.outputs[0])
    if source is None or source.is_constant or len(source.shape) != len(output.shape):
        return None
    same_rows = source.shape[: axis + 1] == output.shape[: axis + 1] and source.shape[:axis] == (1,) * axis
    return Pointwise((0,)) if same_rows else None


OPERATOR = Operator(
    "RESHAPE",
    magnitude=magnitudes.as_operands,
    family=Family.RESHAPING,
    output_shapes=_shapes,
    any_view=True,
    rows=_rows,
    is_bitcast=always,
    evaluate=reshaped,
    moves=(0,),
    resolver="AddReshape",
    precisions=COPY,
)
