"""How far behind its operand the output of a resizing kernel may run: both go row by row, from top to bottom.

Mirrors tensorflow/lite/kernels/internal/reference/resize_bilinear.h and resize_nearest_neighbor.h (commit 90b983c2 of
2026-08-20); no other library has kernels of its own.
"""

from collections.abc import Iterator

import numpy as np

from arenafit.ir import Graph, Op
from arenafit.kernels._write_behind import MOST_STEPS, behind
from arenafit.kernels.sharing import OperandOverlap, moving_input, strides_bytes

# Positions are kept in units of 1/1024 row by the 8-bit kernel: so many rows bring them at most half a row off.
_ROWS_UNTIL_OFF = 1024


def behind_the_rows(graph: Graph, op: Op) -> Iterator[OperandOverlap]:
    """Yield the one way: a row of the output ends before the first row that it is computed from."""
    source, output = moving_input(graph, op, 0), graph.outputs_of(op)[0]
    if source is None or len(source.shape) != 4 or len(output.shape) != 4 or source.dtype.bits % 8:
        return
    (batches, height), rows = source.shape[:2], output.shape[1]
    if not source.elements or not output.elements or output.shape[0] != batches or batches * rows > MOST_STEPS:
        return
    corners = op.options is not None and op.options.get("align_corners") and rows > 1
    step = (height - 1) / (rows - 1) if corners else height / rows
    # Centres lie up to half a row lower; a whole one more covers that the kernels round.
    first = np.floor(np.arange(rows) * step - 0.5) - 1 - rows // _ROWS_UNTIL_OFF
    batch = np.arange(batches)[:, None]
    read = batch * height + np.maximum(first, 0).astype(np.int64)
    written = batch * rows + np.arange(1, rows + 1)
    yield from behind(read.reshape(-1) * strides_bytes(source)[1], written.reshape(-1) * strides_bytes(output)[1])
