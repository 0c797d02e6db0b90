"""DEQUANTIZE: stored values become real ones, element by element."""

from arenafit.ops import magnitudes
from arenafit.ops._elementwise import unary
from arenafit.ops._shapes import as_input
from arenafit.ops.protocol import Operator
from arenafit.ops.real import IDENTITY

OPERATOR = unary(
    Operator(
        "DEQUANTIZE",
        keeps_values=(0,),
        magnitude=magnitudes.dequantised,
        real=IDENTITY,
        output_shapes=as_input(),
        any_view=True,
        resolver="AddDequantize",
        unquantised="it is part of a quantisation the model already has",
    )
)
