"""L2_NORMALIZATION: divided by the length along the last axis."""

from arenafit.ops._axes import any_axes
from arenafit.ops._row_rules import over_last
from arenafit.ops._rows_forms import over_last_rows
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import Family, OpSupport
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "L2_NORMALIZATION",
    family=Family.LAST_AXIS,
    output_shapes=as_input(),
    any_view=True,
    rows=over_last,
    rows_form=over_last_rows,
    axes=any_axes,
    resolver="AddL2Normalization",
    precisions=OpSupport(int8=True, int16=False, fixed=(-1.0, 127 / 128)),
)
