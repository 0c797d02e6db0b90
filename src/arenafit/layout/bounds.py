"""Bytes below which no plan of a model can be, even with every permitted overlap made use of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arenafit.ir import Model, OpId, TensorId
from arenafit.layout.alias_candidates import AliasSite, is_free
from arenafit.layout.content_lifetimes import Timeline, timeline
from arenafit.layout.contents import ways
from arenafit.planning.bounds import live_set_bound_bytes
from arenafit.planning.problem import Buffer, BufferId, Problem, Share, united
from arenafit.targets.libraries import KernelLibrary


@dataclass(frozen=True, slots=True)
class Scratch:
    """Memory an operator needs while it runs, besides its tensors (a scratch buffer planned at run time)."""

    op: OpId
    size_bytes: int


def sharing_bound_bytes(
    model: Model, rooms: Sequence[Scratch] = (), *, keep_inputs: bool = False, library: KernelLibrary | None = None
) -> int:
    """Return the live-set bound of `model` with every overlap that its kernels permit counted once.

    A loop's states are taken to need memory each, as every pair of them may live at once.
    """
    times = timeline(model)
    buffers: list[Buffer] = []
    numbers: dict[TensorId, list[BufferId]] = {}
    for tensor in model.all_tensors():
        if tensor.is_constant or tensor.is_variable or tensor.id not in times.live or not tensor.size_bytes:
            continue
        for live in united(times.live[tensor.id]):
            numbers.setdefault(tensor.id, []).append(BufferId(len(buffers)))
            buffers.append(Buffer(BufferId(len(buffers)), tensor.size_bytes, live))
    for room in rooms:
        if room.op in times.runs:
            buffers.append(Buffer(BufferId(len(buffers)), room.size_bytes, times.runs[room.op]))
    shares = tuple(
        Share(one, other, lowest_bytes, highest_bytes)
        for source, result, lowest_bytes, highest_bytes in _overlaps(model, times, keep_inputs, library)
        for one in numbers.get(source, ())
        for other in numbers.get(result, ())
        if buffers[one].live.overlaps(buffers[other].live)
    )
    return live_set_bound_bytes(Problem(tuple(buffers), shares))


def _overlaps(
    model: Model, times: Timeline, keep_inputs: bool, library: KernelLibrary | None
) -> Iterator[tuple[TensorId, TensorId, int | None, int | None]]:
    for graph in model.graphs:
        for op in graph.ops:
            if op.id not in times.runs:
                continue
            site = AliasSite(model, graph, op, times, keep_inputs)
            for way in ways(graph, op, library=library):
                operand = op.inputs[way.operand]
                if operand is not None and is_free(site, way, operand):
                    yield operand, op.outputs[way.output], way.lowest_bytes, way.highest_bytes
            if op.name == "WHILE":
                yield from _states(model, op.id)


def _states(model: Model, loop: OpId) -> Iterator[tuple[TensorId, TensorId, int | None, int | None]]:
    op = model.ops[loop]
    if len(op.subgraphs) != 2:
        return
    cond, body = (model.graphs[index] for index in op.subgraphs)
    for before, after, asked, enters, leaves in zip(
        op.inputs, op.outputs, cond.inputs, body.inputs, body.outputs, strict=False
    ):
        state = [tensor for tensor in (before, after, asked, enters, leaves) if tensor is not None]
        for index, one in enumerate(state):
            for other in state[index + 1 :]:
                if one != other:
                    yield one, other, 0, 0
