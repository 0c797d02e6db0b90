"""SUM: sum along the axes of operand 1."""

from arenafit.ops._axes import reduction_axes
from arenafit.ops._row_rules import kept_rows
from arenafit.ops._rows_forms import reduction_rows
from arenafit.ops._shapes import reduced
from arenafit.ops.facts import BOTH, Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "SUM",
    summary="sum",
    family=Family.REDUCTION,
    output_shapes=reduced,
    any_view=True,
    rows=kept_rows,
    rows_form=reduction_rows,
    axes=reduction_axes,
    resolver="AddSum",
    precisions=BOTH,
)
