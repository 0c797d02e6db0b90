"""RESIZE_NEAREST_NEIGHBOR: an image (N, H, W, C) of another height and width."""

import numpy as np

from arenafit.ops import magnitudes
from arenafit.ops._channel_cuts import cut_with_shared_constants
from arenafit.ops._resampling import GATHERED, corners_and_centers, factor_of
from arenafit.ops._shapes import resized
from arenafit.ops.facts import COPY, Family
from arenafit.ops.protocol import Operands, Operator
from arenafit.ops.rows import Window


def _rows(operands: Operands, axis: int) -> Window | None:
    """RESIZE_NEAREST_NEIGHBOR whose output row o is input row o // factor."""
    graph, op = operands.graph, operands.op
    source, size = graph.inputs_of(op)[:2]
    output = graph.tensor(op.outputs[0])
    factor = factor_of(source, output, axis)
    aligned, centered = corners_and_centers(op)
    if factor is None or size is None or not size.is_constant or (aligned and centered):
        return None
    # A stripe is resized as an image of its own, whose scale is another where corners are aligned.
    heights = range(1, output.shape[axis] // factor + 1) if aligned else (output.shape[axis] // factor,)
    if not all(_repeats(height, factor, aligned=aligned, centered=centered) for height in heights):
        return None
    return Window(1, 1, 0, 0, factor=factor, repeats=output.dtype in GATHERED, exact=True)


def _repeats(height: int, factor: int, *, aligned: bool, centered: bool) -> bool:
    """Return whether, in the kernel's arithmetic, every row of `height` becomes `factor` equal ones."""
    rows = np.arange(height * factor)
    one = np.float32
    last = 1 if aligned and len(rows) > 1 else 0
    scale = one(height - last) / one(len(rows) - last)
    places = (rows.astype(np.float32) + one(0.5 if centered else 0.0)) * scale
    # Rounding is away from zero at halves, and nothing here is negative.
    found = np.floor(places.astype(np.float64) + (0.5 if aligned else 0.0)).astype(np.int64)
    return bool(np.array_equal(np.minimum(found, height - 1), rows // factor))


OPERATOR = Operator(
    "RESIZE_NEAREST_NEIGHBOR",
    keeps_values=(0,),
    magnitude=magnitudes.as_operands,
    repeats=True,
    family=Family.RESIZING,
    output_shapes=resized,
    rows=_rows,
    size_operand=(1, slice(1, 3)),
    cut_follower=cut_with_shared_constants,
    resolver="AddResizeNearestNeighbor",
    precisions=COPY,
)
