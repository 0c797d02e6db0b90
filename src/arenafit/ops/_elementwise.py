"""Operators that compute element by element: what follows from that alone."""

from dataclasses import replace

from arenafit.ops._axes import any_axes, elementwise_axes
from arenafit.ops._channel_cuts import cut_elementwise, cut_unary
from arenafit.ops._row_rules import pointwise
from arenafit.ops._rows_forms import elementwise_rows, unary_rows
from arenafit.ops.facts import Family
from arenafit.ops.protocol import Operator


def unary(operator: Operator) -> Operator:
    """Return the operator with the facts that hold for every function of one element."""
    return replace(
        operator,
        family=Family.UNARY,
        elementwise="unary",
        rows=pointwise,
        cut_follower=cut_unary,
        rows_form=unary_rows,
        axes=any_axes,
    )


def binary(operator: Operator) -> Operator:
    """Return the operator with the facts that hold for every function of two elements, broadcast."""
    return replace(
        operator,
        family=Family.BINARY,
        elementwise="binary",
        rows=pointwise,
        cut_follower=cut_elementwise,
        rows_form=elementwise_rows,
        axes=elementwise_axes,
    )
