"""What a streamed segment will cost before it is written: bytes live in its loop, bytes of tail, rows computed twice.

Estimates, used only to choose which candidates to build; every candidate that matters is built and priced exactly.
"""

from arenafit.ir import DType, Graph, Op, TensorId
from arenafit.ops.rows import Reduction, Window
from arenafit.records import record
from arenafit.streaming.loop.blocks import blocks
from arenafit.streaming.loop.body import GATHERED
from arenafit.streaming.loop_options import Stores
from arenafit.streaming.overwrite import shared_bytes, shared_padding
from arenafit.streaming.schedule import Line, Read, Schedule


@record(frozen=True)
class Estimate:
    """Estimated cost of one streamed segment."""

    live_bytes: int  # sources, outputs, line buffers and the most that one operator adds
    nodes: int  # operators added in all graphs
    tensors: int  # tensors added in all graphs
    copied_bytes: int  # moved by GATHER, SLICE, PAD over all trips
    tail_bytes: int = 0  # that clones of operators keep, beside nodes and tensors


def estimate(graph: Graph, schedule: Schedule, *, as_views: bool = False, stores: Stores = Stores.UPDATE) -> Estimate:
    """Return what the loop of `schedule` will roughly cost, written as valid TFLite or as views."""
    return _Estimator(graph, schedule, as_views=as_views, stores=stores).run()


class _Estimator:
    def __init__(self, graph: Graph, schedule: Schedule, *, as_views: bool, stores: Stores) -> None:
        self._as_views = as_views
        self._gathers = stores is Stores.GATHER
        self._patches = as_views and stores is Stores.SPACE
        self._graph = graph
        self._schedule = schedule
        self._held = 0
        self._most = 0
        self._nodes = 4
        self._tensors = 14
        self._copied = 0

    def run(self) -> Estimate:
        schedule, graph = self._schedule, self._graph
        sources = dict.fromkeys(
            read.tensor for read in schedule.reads if read.tensor not in schedule.lines and read.tensor != schedule.fed
        )
        whole = sum(graph.tensor(tensor).size_bytes for tensor in (*sources, *schedule.outputs))
        for output in schedule.outputs:
            shared = (shared_bytes(graph, schedule, output, item) for item in sources)
            whole -= max(shared, default=0)
        stored = len(schedule.outputs) - sum(isinstance(found, Reduction) for found in schedule.geometries.values())
        if self._as_views:
            self._nodes, self._tensors = 2 + stored, 9 + len(sources) + 2 * stored
        else:
            self._tensors += 3 * len(sources) + 5 * stored
            self._nodes += stored
        if self._gathers:
            self._nodes, self._tensors = self._nodes + stored, self._tensors + 2 * stored
            moved = sum(graph.tensor(tensor).size_bytes for tensor in schedule.outputs)
            self._copied += 2 * moved
            whole += sum(4 * schedule.lines[tensor].height for tensor in schedule.outputs)  # indices
        self._held = whole + sum(self._carry_bytes(tensor) for tensor in schedule.lines)
        waiting = {tensor: sum(1 for _ in schedule.reads_of(tensor)) for tensor in schedule.lines}
        for op in schedule.ops:
            if isinstance(schedule.geometries[op.id], Reduction):
                self._sum_up(op)
                continue
            self._step(op.outputs[0], [read for read in schedule.reads if read.op == op.id], waiting)
        return Estimate(self._most, self._nodes, self._tensors, self._copied * schedule.trips)

    def _row_bytes(self, tensor: TensorId, window: Window | None = None) -> int:
        item = self._graph.tensor(tensor)
        row = item.size_bytes // max(1, item.shape[self._schedule.axis])
        if window is None or not (window.cross_before or window.cross_after):
            return row
        across = item.shape[3 - self._schedule.axis]
        return row * (across + window.cross_before + window.cross_after) // max(1, across)

    def _padded_row_bytes(self, tensor: TensorId) -> int:
        return self._row_bytes(tensor, shared_padding(self._schedule, tensor))

    def _is_held(self, tensor: TensorId) -> bool:
        return not self._gathers and shared_padding(self._schedule, tensor) is not None

    def _carry_bytes(self, tensor: TensorId) -> int:
        line = self._schedule.lines[tensor]
        return (line.carry + (line.rate if self._is_held(tensor) else 0)) * self._padded_row_bytes(tensor)

    def _step(self, output: TensorId, reads: list[Read], waiting: dict[TensorId, int]) -> None:
        line = self._schedule.lines[output]
        made = line.rate * self._row_bytes(output)
        extra = self._cut_bytes(output)
        for read in reads:
            extra += self._read_bytes(read)
        self._most = max(self._most, self._held + extra + made)
        self._held += self._keep(output, line, made)
        self._most = max(self._most, self._held)
        for read in reads:
            if read.tensor not in waiting:
                continue
            waiting[read.tensor] -= 1
            if not waiting[read.tensor] and not self._is_held(read.tensor):
                source = self._schedule.lines[read.tensor]
                self._held -= source.rate * self._padded_row_bytes(read.tensor)
        if not waiting[output] and not self._is_held(output):
            self._held -= line.rate * self._padded_row_bytes(output)

    def _sum_up(self, op: Op) -> None:
        """The sum, the rows behind it as floats, and the next sum."""
        output, line = self._graph.tensor(op.outputs[0]), self._schedule.lines[op.outputs[0]]
        source = next(read.tensor for read in self._schedule.reads if read.op == op.id)
        is_float = output.dtype is DType.FLOAT32
        rows = line.rate * self._row_bytes(source)
        total = output.elements * 4
        self._held += total
        self._most = max(self._most, self._held + (0 if is_float else 4 * rows) + total)
        self._nodes += (2 if self._as_views else 5) + (0 if is_float else 1)
        self._tensors += (8 if self._as_views else 12) + (0 if is_float else 2)
        self._copied += total

    def _read_bytes(self, read: Read) -> int:
        """Bytes that reading adds: fetched rows, their copy with columns padded."""
        fetched = 0
        padded = 0
        window = read.window
        across = window is not None and bool(window.cross_before or window.cross_after)
        if read.tensor == self._schedule.fed:
            return read.rows * self._row_bytes(read.tensor)
        if read.tensor not in self._schedule.lines:
            fetched = read.rows * self._row_bytes(read.tensor)
            self._nodes += 1
            self._tensors += 2
            self._copied += fetched
            if self._graph.tensor(read.tensor).dtype not in GATHERED:
                return fetched + self._among_padding_bytes(read)
            if window is not None and window.masks and not self._as_views:
                # In a block put in padding, columns included; or a row of padding is joined to the source.
                self._nodes += 2 if across else 1
                self._tensors += 5
                return fetched + (read.rows + 1) * self._row_bytes(read.tensor, window) if across else fetched
            if window is not None and window.masks:
                self._nodes += 4
                self._tensors += 8
        if across and (fetched or not self._schedule.lines[read.tensor].carry):
            padded = read.rows * self._row_bytes(read.tensor, window)
            self._nodes += 2
            self._tensors += 2
            self._copied += padded
        if read.tensor in self._schedule.lines and window is not None and window.pads and not window.masks:
            fetched = read.rows * self._row_bytes(read.tensor)
            self._nodes += 1
            self._tensors += 2
            self._copied += fetched
        return max(fetched + padded, fetched)

    def _among_padding_bytes(self, read: Read) -> int:
        """Bytes of the padding that a fetched block is written into, if it is."""
        found = blocks(self._schedule, read, self._graph.tensor(read.tensor).shape[self._schedule.axis])
        if found.exact and not (read.window and (read.window.cross_before or read.window.cross_after)):
            return 0
        around = (found.before + found.rows + found.after) * self._row_bytes(read.tensor, read.window)
        self._nodes += 2
        self._tensors += 5
        self._copied += around
        return around

    def _cut_bytes(self, output: TensorId) -> int:
        """Bytes of the rows that an operator makes on a stripe beside the new ones."""
        found = self._schedule.geometries[self._graph.producers[output].id]
        rows = found.skipped + found.spare if isinstance(found, Window) else 0
        if rows:
            self._nodes += 1
            self._tensors += 1
            self._copied += self._schedule.lines[output].rate * self._row_bytes(output)
        return rows * self._row_bytes(output)

    def _keep(self, output: TensorId, line: Line, made: int) -> int:
        readers = [read.window for read in self._schedule.reads_of(output)]
        if any(window is not None and window.masks for window in readers):
            self._nodes += 1 if self._patches else 2
            self._tensors += 3 if self._patches else 4
        if not line.carry:
            return made
        if self._is_held(output):
            self._nodes += 2
            self._tensors += 3 if self._as_views else 8
            self._copied += made + self._carry_bytes(output) // 4
            return 0
        kept = line.rate * self._padded_row_bytes(output)
        self._nodes += 1 if self._as_views else 3
        self._tensors += 6 if self._as_views else 7
        self._copied += kept + self._carry_bytes(output)
        if kept > made:
            self._nodes += 2
            self._tensors += 1
            self._most = max(self._most, self._held + made + kept)
        if line.carry == line.rate:
            # The rows just made are those to keep: none is cut out.
            self._nodes -= 1
            self._tensors -= 3
        return kept
