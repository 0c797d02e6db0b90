"""The mean of an image whose rows come one after another: their sum is kept, and divided when the loop is over.

The sum stands before the rows of a trip, so that one SUM goes on adding where the last trip ended, in the order of
TFLM's kernels (reference/pooling.h and reference/reduce.h, 2026-08: from zero, row by row, pixel by pixel). What rows
outside the image make of it is stored over the rows, where nobody reads it.
"""

import numpy as np

from arenafit.ir import DType, Op, Options, Quant, TensorId
from arenafit.ops.rows import Reduction
from arenafit.streaming.loop.loop_state import LoopState

# The largest int8 value, by magnitude, and the least sum that is too large for int16.
_LARGEST = 128
_BEYOND_16_BITS = 1 << 15


def accumulate(state: LoopState, op: Op, found: Reduction, rows: TensorId) -> None:
    """Write what adds the trip's `rows` in the loop's body, and what makes the mean of the sum behind the loop."""
    source = state.editor.tensor(rows, state.body_index)
    output = state.graph.tensor(op.outputs[0])
    depth = source.shape[3]
    writer = state.body
    dtype, quant = _exact_type(state, found)
    if source.dtype is not dtype:
        exact = writer.tensor(f"{source.name}_exact", dtype, source.shape, quant)
        writer.op("CAST", (rows,), (exact,))
        rows = exact
    start = 0.0 if found.quantiser is None else found.quantiser.start
    whole = state.summands(output.name, np.full((1, 1, 1, depth), start, dtype=dtype.numpy), rows)
    total = writer.tensor(f"{output.name}_sum", dtype, (1, 1, 1, depth), quant)
    summing = Options("ReducerOptions", (("keep_dims", True),))
    writer.op("SUM", (whole, writer.ints("axes", (1, 2))), (total,), summing)
    place = np.zeros((state.schedule.trips, 4), dtype=np.int32)
    place[:, 2] = _outside(state, op)
    state.keep_sum(whole, total, place)
    _divide(state, op, found)


def _exact_type(state: LoopState, found: Reduction) -> tuple[DType, Quant | None]:
    """The type of sums: 16 bits where they fit and LiteRT need not run it, whose reference kernel makes no such SUM."""
    quantiser = found.quantiser
    if quantiser is None or not state.adds_16_bits or quantiser.start != int(quantiser.start):
        return DType.FLOAT32, None
    fits = abs(quantiser.start) + _LARGEST * found.values < _BEYOND_16_BITS
    return (DType.INT16, Quant((1.0,), (0,))) if fits else (DType.FLOAT32, None)


def _outside(state: LoopState, op: Op) -> list[bool]:
    """Whether a trip's rows lie before the image or behind its part that is averaged."""
    line = state.schedule.lines[op.outputs[0]]
    firsts = (line.lead + trip * line.rate for trip in range(state.schedule.trips))
    return [not 0 <= first <= line.height - line.rate for first in firsts]


def _divide(state: LoopState, op: Op, found: Reduction) -> None:
    output = state.graph.tensor(op.outputs[0])
    total = state.editor.tensor(state.total(output))
    if total.dtype is not DType.FLOAT32:
        exact = state.main.tensor(f"{output.name}_exact", DType.FLOAT32, total.shape)
        state.afterwards(state.editor.make_op("CAST", (total.id,), (exact,)))
        total = state.editor.tensor(exact)
    if found.quantiser is not None:
        quant = Quant((found.quantiser.scale,), (found.quantiser.zero_point,))
        stored = state.main.tensor(f"{output.name}_stored", DType.INT8, total.shape, quant)
        state.afterwards(state.editor.make_op("QUANTIZE", (total.id,), (stored,), Options("QuantizeOptions")))
        state.becomes(stored, output)
        return
    fits = total.shape == output.shape
    mean = output.id if fits else state.main.like(f"{output.name}_mean", total, total.shape)
    values = state.main.constant("values", np.full((1, 1, 1, 1), found.values, dtype=np.float32))
    options = Options("DivOptions", (("fused_activation_function", found.activation),))
    state.afterwards(state.editor.make_op("DIV", (total.id, values), (mean,), options))
    if not fits:
        state.becomes(mean, output)
