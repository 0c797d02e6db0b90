"""Writing a loop's output over the tensor it reads: when rows are last read before they are overwritten."""

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Graph, TensorId
from arenafit.ops.rows import Reduction, Window
from arenafit.streaming.schedule import Line, Read, Schedule


def stored_rows(schedule: Schedule, line: Line) -> NDArray[np.int64]:
    """Return the first row of the output that each trip stores to."""
    if line.sweep is not None:
        return np.array(line.sweep.rows(schedule.trips, line.height), dtype=np.int64)
    rows = line.lead + np.arange(schedule.trips) * line.rate
    return np.asarray(np.clip(rows, 0, line.height - line.rate), dtype=np.int64)


def rows_read(read: Read, trips: int, height: int) -> NDArray[np.int64]:
    """Return the rows of an image of `height` that each trip reads (trips, rows); they may lie outside."""
    first = read.start + np.arange(trips)[:, None] * read.step
    if read.window is not None and read.window.shifts:
        first = np.clip(first, 0, height - read.rows)
    return np.asarray((first + np.arange(read.rows)[None, :]) // read.repeats)


def taken_rows(read: Read, trips: int, height: int) -> NDArray[np.int64]:
    """Return the rows of a source each trip takes, (trips, rows): for one outside the nearest, or its mirror image."""
    rows = rows_read(read, trips, height)
    if read.window is not None and read.window.mirrors:
        shift = 1 if read.window.pad_value == "reflect" else 0
        rows = np.where(rows < 0, shift - 1 - rows, rows)
        rows = np.where(rows >= height, 2 * height - 1 - shift - rows, rows)
    return np.asarray(np.clip(rows, 0, height - 1))


def shared_padding(schedule: Schedule, tensor: TensorId) -> Window | None:
    """Return the padding across that all readers of a line buffer share, so that it can be kept padded; else None."""
    windows = [read.window for read in schedule.reads_of(tensor)]
    first = windows[0] if windows else None
    if first is None or not schedule.lines[tensor].carry or tensor in schedule.outputs:
        return None
    wanted = (first.cross_before, first.cross_after, first.pad_value)
    same = all(item is not None and (item.cross_before, item.cross_after, item.pad_value) == wanted for item in windows)
    return first if same and (first.cross_before or first.cross_after) else None


def may_overwrite(
    graph: Graph,
    schedule: Schedule,
    output: TensorId,
    source: TensorId,
    *,
    keep_inputs: bool = False,
) -> bool:
    """Return whether the output's rows may be written over the source's, `overwrite_distance` behind them."""
    made, read = graph.tensor(output), graph.tensor(source)
    chosen = {op.id for op in schedule.ops}
    needed_later = source in graph.outputs or any(op.id not in chosen for op in graph.uses.get(source, ()))
    if needed_later or read.is_variable or (keep_inputs and source in graph.inputs):
        return False
    last = schedule.ops[-1]
    if output != last.outputs[0] or isinstance(schedule.geometries[last.id], Reduction):
        return False
    # Columns of an image are streamed if what they make is one row high; they are spread over memory.
    return all(extent == 1 for extent in (*made.shape[: schedule.axis], *read.shape[: schedule.axis]))


def shared_bytes(
    graph: Graph,
    schedule: Schedule,
    output: TensorId,
    source: TensorId,
    *,
    keep_inputs: bool = False,
) -> int:
    """Return the bytes that the output, written over the source, has in common with it; 0 if it may not be."""
    if not may_overwrite(graph, schedule, output, source, keep_inputs=keep_inputs):
        return 0
    made, read = graph.tensor(output).size_bytes, graph.tensor(source).size_bytes
    apart = -overwrite_distance(graph, schedule, output, source)
    return max(0, made + read - max(read + apart, made))


def overwrite_distance(graph: Graph, schedule: Schedule, output: TensorId, source: TensorId) -> int:
    """Return the most bytes the output may start behind the source without overwriting a row it has yet to read."""
    line = schedule.lines[output]
    read = graph.tensor(source)
    source_row = read.size_bytes // read.shape[schedule.axis]
    output_row = graph.tensor(output).size_bytes // line.height
    written = (stored_rows(schedule, line)[:-1] + line.rate) * output_row
    height = read.shape[schedule.axis]
    needed = [_needed_from(item, schedule.trips, height)[1:] * source_row for item in schedule.reads_of(source)]
    return int(min((rows - written).min(initial=0) for rows in needed))


def _needed_from(read: Read, trips: int, height: int) -> NDArray[np.int64]:
    """Return the first row that is still taken in each trip or a later one."""
    if read.window is None or not read.window.mirrors:
        return np.maximum(read.first_rows(np.arange(trips)), 0)
    first = taken_rows(read, trips, height).min(axis=1)
    return np.asarray(np.minimum.accumulate(first[::-1])[::-1])
