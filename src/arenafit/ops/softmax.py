"""SOFTMAX: e^x along the last axis, divided by their sum."""

from arenafit.ops._axes import any_axes
from arenafit.ops._row_rules import over_last
from arenafit.ops._rows_forms import over_last_rows
from arenafit.ops._shapes import as_input
from arenafit.ops.facts import BOTH, Family
from arenafit.ops.protocol import Operator

OPERATOR = Operator(
    "SOFTMAX",
    keras="keras.layers.Softmax()",
    distribution="probabilities",
    family=Family.LAST_AXIS,
    output_shapes=as_input(),
    any_view=True,
    rows=over_last,
    rows_form=over_last_rows,
    axes=any_axes,
    resolver="AddSoftmax",
    precisions=BOTH,
)
