"""How an operator computes the same with its axes at other places of four: its constants and options then.

`places[a]` is where axis `a` goes; the places nothing goes to have the extent 1. Only moves that leave the order of
the bytes of every activation alone are asked for: an axis passes axes of extent 1 only. Convolutions have no rule: with
MVE, CMSIS-NN runs those over (N, 1, W, C) by a kernel of their own (arm_convolve_1_x_n_s8.c, commit 99f736a6), which
for strides above 1 does not compute what the general one does, and needs other scratch space.
"""

from arenafit import ops
from arenafit.ir import Op
from arenafit.ops import Operands
from arenafit.ops._axes import RANK, SWAPPED, broadcasts_alike, placed_shape
from arenafit.ops.facts import MovedAxes, Places
from arenafit.rewrites._sites import Site

__all__ = ["RANK", "SWAPPED", "Places", "broadcasts_alike", "moved", "placed_shape"]


def moved(site: Site, op: Op, places: Places) -> MovedAxes | None:
    """Return what changes about `op` when its activations' axes move to `places`; None if it cannot follow."""
    operator = ops.find(op.code)
    if operator is None or operator.axes is None or not ops.is_well_formed(op):
        return None
    return operator.axes(Operands(op, site.graph), places)
