"""LOG_SOFTMAX: logarithm of the softmax along the last axis."""

from arenafit.ops._axes import any_axes
from arenafit.ops._row_rules import over_last
from arenafit.ops._rows_forms import over_last_rows
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import Family, OpSupport
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "LOG_SOFTMAX",
    distribution="logarithms",
    family=Family.LAST_AXIS,
    output_shapes=as_input(),
    any_view=True,
    rows=over_last,
    rows_form=over_last_rows,
    axes=any_axes,
    resolver="AddLogSoftmax",
    precisions=OpSupport(int8=True, int16=False, fixed=(-255 / 16, 0.0)),
)
