"""TILE: copies of operand 0 side by side, as often as operand 1 says."""

from arenafit.ops._bitcasts import always
from arenafit.ops.protocol import Operator

OPERATOR = Operator("TILE", keeps_values=(0,), is_bitcast=always)
