"""When the content of each tensor matters, on one clock that runs through control flow.

This is what a plan must respect, as opposed to the lifetimes TFLM computes for its own planning (memory.liveness). A
loop copies its operands to its outputs, those to the condition's and the body's inputs, and the body's outputs back
(tensorflow/lite/micro/kernels/while.cc, 2026-08); so in the body a loop's output does not matter between the last read
of the body's input and the moment the body's output is made. Before 2026-07-20 (8f1f3b262) the operands were copied to
the outputs last, when the condition had run and the body's inputs were there: until then they matter, so that one plan
serves both. A view without producer matters over the whole run of a nested graph, and in the main graph until its last
reader.
"""

from collections.abc import Collection, Generator, Iterable, Mapping
from dataclasses import dataclass, field

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Graph, Model, Op, OpId, TensorId
from arenafit.kernels import find
from arenafit.layout.frames import Frame, frame_of
from arenafit.planning.problem import Interval

# Each pass of a graph adds intervals of its own; graphs that run each other twice, n deep, would pass 2^n times.
_MOST_GRAPH_RUNS = 4096


@dataclass(frozen=True, slots=True)
class Timeline:
    """Live intervals by tensor and run intervals by operator (control flow: over everything it runs)."""

    live: Mapping[TensorId, tuple[Interval, ...]]
    runs: Mapping[OpId, Interval]
    end: int

    def last_end(self, tensor: TensorId) -> int:
        """The step after which the tensor matters no more; 0 for one that never does."""
        return max((interval.end for interval in self.live[tensor]), default=0)


@dataclass
class _Clock:
    model: Model
    now: int = 0
    graph_runs: int = 0
    readers: Mapping[TensorId, Collection[OpId]] = field(default_factory=dict)
    makers: Mapping[TensorId, OpId] = field(default_factory=dict)
    unset: Collection[TensorId] = ()
    frame: Frame | None = None
    live: dict[TensorId, list[Interval]] = field(default_factory=dict)
    runs: dict[OpId, Interval] = field(default_factory=dict)
    copied: dict[OpId, int] = field(default_factory=dict)  # when a loop needs its operands no more

    def add(self, tensor: TensorId, first: int, end: int) -> None:
        self.live.setdefault(tensor, []).append(Interval(first, end))

    def run(self, index: int) -> Interval:
        """Run a graph once on the clock and return when."""
        # A stack of our own: graphs may lie deeper in each other than Python calls may.
        open_runs = [self._run(index)]
        ended: Interval | None = None
        while True:
            try:
                nested = open_runs[-1].send(ended)
            except StopIteration as stop:
                open_runs.pop()
                ended = stop.value
                if ended is not None and not open_runs:
                    return ended
            else:
                open_runs.append(self._run(nested))
                ended = None

    def _run(self, index: int) -> Generator[int, Interval | None, Interval]:
        """Run a graph; yields each graph it runs, and takes when that ran."""
        self.graph_runs += 1
        if self.graph_runs > _MOST_GRAPH_RUNS:
            raise UnsupportedModelError(
                f"its graphs run each other more than {_MOST_GRAPH_RUNS:,} times, which is more than arenafit lays out;"
                " nest fewer IFs and WHILEs"
            )
        graph = self.model.graphs[index]
        start = self.now
        self.now += 1
        for op in graph.ops:
            first = self.now
            self.now += 1
            nested = []
            for subgraph in op.subgraphs:
                run = yield subgraph
                nested += [] if run is None else [run]
            if op.subgraphs:
                self.now += 1
            self.runs[op.id] = Interval(first, self.now)
            if op.name == "WHILE" and len(nested) == 2:
                self._loop(op, Interval(first, self.now), nested[0], nested[1])
        self.now += 1
        whole = Interval(start, self.now)
        for tensor in graph.tensors:
            if tensor.id in self.unset:
                self.live[tensor.id] = []
            elif not tensor.is_constant:
                self._tensor(graph, tensor.id, whole, nested=self._nested(index), variable=tensor.is_variable)
        return whole

    def _closed(self, run: Interval) -> int:
        """When what stays between the calls of a frame matters no more in the last of them."""
        return run.end if self.frame is None else self.runs[self.frame.closing].first + 1

    def _nested(self, index: int) -> bool:
        return index != 0 and (self.frame is None or index != self.frame.rest)

    def _tensor(self, graph: Graph, tensor: TensorId, run: Interval, *, nested: bool, variable: bool) -> None:
        if self.frame is not None and tensor in self.frame.spans:
            for begins, ends_at in self.frame.spans[tensor]:
                since = run.first if begins is None else self.runs[begins].first
                self.add(tensor, since, run.end if ends_at is None else self.runs[ends_at].first + 1)
            return
        is_input, is_output = tensor in graph.inputs, tensor in graph.outputs
        maker = graph.producers.get(tensor)
        known = tensor in self.readers or tensor in self.makers
        viewed = maker is None and not is_input and nested and not known
        if variable or viewed or (tensor not in self.makers and _keeps_state(graph, tensor, maker)):
            between_calls = self.frame is not None and graph is self.model.main
            self.add(tensor, run.first, self._closed(run) if between_calls else run.end)
            return
        if maker is not None and maker.name == "WHILE":
            # The loop itself said when its output matters up to its own end.
            first = self.runs[maker.id].end - 1
        else:
            first = run.first
            if maker is not None and not is_input:
                first = self.runs[
                    (_first_maker(graph, tensor, maker) if _leaves_some(graph, maker) else maker).id
                ].first
        if self.makers.get(tensor) in self.runs:
            first = self.runs[self.makers[tensor]].first
        ends = [self._needed_until(op) for op in graph.uses.get(tensor, ())]
        ends += [self.runs[reader].end for reader in self.readers.get(tensor, ()) if reader in self.runs]
        if maker is not None:
            ends.append(self.runs[maker.id].end if maker.name == "WHILE" else self.runs[maker.id].first + 1)
        self.add(tensor, first, run.end if is_output else max(ends, default=first + 1))

    def _needed_until(self, op: Op) -> int:
        # Other control flow than loops is taken to need its operands to its end.
        return self.copied.get(op.id, self.runs[op.id].end)

    def _loop(self, op: Op, span: Interval, cond_run: Interval, body_run: Interval) -> None:
        cond = self.model.graphs[op.subgraphs[0]]
        if not len(op.outputs) == len(op.inputs) == len(cond.inputs):
            raise UnsupportedModelError(
                f"WHILE (operator {op.id}) has {len(op.inputs)} inputs and {len(op.outputs)} outputs, its condition"
                f" {len(cond.inputs)} inputs; TFLM wants as many of each"
            )
        self.copied[op.id] = body_run.first + 1
        for position, after in enumerate(op.outputs):
            self.add(after, span.first, body_run.first + 1)
            self.add(after, body_run.end - 1, span.end)
            # Written when the loop begins and again after each trip, read while the condition runs.
            self.add(cond.inputs[position], span.first, cond_run.first + 1)
            self.add(cond.inputs[position], body_run.end - 1, span.end)


def _keeps_state(graph: Graph, tensor: TensorId, maker: Op | None) -> bool:
    """Whether an operator reads the tensor before any has made it: what it reads is from an earlier run."""
    if maker is None or maker.name == "WHILE" or tensor in graph.inputs:
        return False
    if _leaves_some(graph, maker) and _leaves_some(graph, _first_maker(graph, tensor, maker)):
        return True
    users = graph.uses.get(tensor, ())
    if not users:
        return False
    first_maker = _first_maker(graph, tensor, maker)
    order = {op.id: position for position, op in enumerate(graph.ops)}
    return order[users[0].id] <= order[first_maker.id]


def _leaves_some(graph: Graph, op: Op) -> bool:
    """Whether an operator leaves some of its output as it finds it."""
    kernel = find(op.code)
    leaves = None if kernel is None or kernel.sharing is None else kernel.sharing.leaves
    return leaves is not None and leaves(graph, op)


def _first_maker(graph: Graph, tensor: TensorId, last: Op) -> Op:
    return next((op for op in graph.ops if tensor in op.outputs), last)


def timeline(
    model: Model,
    read_by: Iterable[tuple[TensorId, OpId]] = (),
    made_by: Iterable[tuple[TensorId, OpId]] = (),
    unset: Collection[TensorId] = (),
) -> Timeline:
    """Return when the content of each non-constant tensor of `model` matters.

    `read_by` and `made_by` name operators that read or make a tensor through views in the graphs they run; the content
    of tensors that are `unset` never matters.
    """
    readers: dict[TensorId, list[OpId]] = {}
    for tensor, op in read_by:
        readers.setdefault(tensor, []).append(op)
    clock = _Clock(model, readers=readers, makers=dict(made_by), unset=unset, frame=frame_of(model))
    clock.run(0)
    live = {tensor: tuple(sorted(intervals)) for tensor, intervals in clock.live.items()}
    return Timeline(live, clock.runs, clock.now)
