"""BROADCAST_TO: operand 0 repeated to the shape in operand 1."""

from arenafit.ops._bitcasts import always
from arenafit.ops.facts import COPY
from arenafit.ops.protocol import Operands, Operator, Shape


def _shapes(operands: Operands) -> list[Shape | None]:
    return [operands.integers(1)]


OPERATOR = Operator(
    "BROADCAST_TO",
    keeps_values=(0,),
    output_shapes=_shapes,
    is_bitcast=always,
    resolver="AddBroadcastTo",
    precisions=COPY,
)
