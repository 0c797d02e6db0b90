"""QUANTIZE: real values become stored ones, element by element."""

from arenafit.ops._bitcasts import is_same_type
from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator
from arenafit.ops.real import IDENTITY

OPERATOR = unary(
    Operator(
        "QUANTIZE",
        keeps_values=(0,),
        real=IDENTITY,
        output_shapes=as_input(),
        any_view=True,
        is_bitcast=is_same_type,
        resolver="AddQuantize",
        unquantised="it is part of a quantisation the model already has",
    )
)
