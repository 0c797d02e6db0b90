"""Which tensors of a model had better stand at a fixed distance from each other, so that copies are no copies.

A loop's state keeps one address; CONCATENATION's operands are made where they belong; a slice, a reshape or a split is a
view of its operand; an elementwise result takes its operand's place. Each is a preference that the kernels permit
(TFLM 2026-08, reference and CMSIS-NN: element-wise and copying kernels read an element before they write it at the
same address).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from arenafit.ir import Graph, Model, Op, Tensor, TensorId
from arenafit.memory.layout.groups import (
    ELEMENTWISE,
    Groups,
    Hints,
    contiguous_slice_bytes,
    contiguous_update_bytes,
    moves_rows_up,
)
from arenafit.memory.layout.timeline import Timeline

# (one tensor, another, distance in bytes from the first's start to the other's, whether both hold the same content)
Tie = tuple[TensorId, TensorId, int, bool]


@dataclass(frozen=True, slots=True)
class Site:
    """An operator in its graph, with what a rule needs to decide."""

    model: Model
    graph: Graph
    op: Op
    times: Timeline
    keep_inputs: bool

    def dies(self, tensor_id: TensorId) -> bool:
        """Whether this operator is the last to need the tensor, so that its place may be taken."""
        tensor = self.graph.tensor(tensor_id)
        if tensor.is_constant or tensor.is_variable or tensor_id not in self.times.live:
            return False
        if self.keep_inputs and tensor_id in self.model.main.inputs:
            return False
        return self.times.last_end(tensor_id) <= self.times.runs[self.op.id].end


Rule = Callable[[Site], Iterator[Tie]]


def _moving(tensor: Tensor | None) -> bool:
    return tensor is not None and not tensor.is_constant and not tensor.is_variable


def _elementwise(site: Site) -> Iterator[Tie]:
    output = site.graph.tensor(site.op.outputs[0])
    for operand in site.graph.inputs_of(site.op):
        if operand is None or not _moving(operand) or not site.dies(operand.id):
            continue
        # A narrower result trails the operand it is computed from.
        if operand.shape == output.shape and operand.dtype.bits >= output.dtype.bits:
            yield operand.id, output.id, 0, False
            return


def _reshape(site: Site) -> Iterator[Tie]:
    source = site.graph.inputs_of(site.op)[0]
    output = site.graph.tensor(site.op.outputs[0])
    if source is not None and _moving(source) and source.size_bytes == output.size_bytes:
        yield source.id, output.id, 0, True


def _concatenation(site: Site) -> Iterator[Tie]:
    output = site.graph.tensor(site.op.outputs[0])
    axis = int(site.op.options["axis"]) if site.op.options else 0
    axis += len(output.shape) if axis < 0 else 0
    if any(extent != 1 for extent in output.shape[:axis]):
        return
    at = 0
    for operand in site.graph.inputs_of(site.op):
        if operand is None:
            return
        if _moving(operand) and operand.dtype == output.dtype:
            yield output.id, operand.id, at, True
        at += operand.size_bytes


def _slice(site: Site) -> Iterator[Tie]:
    distance = contiguous_slice_bytes(site.graph, site.op)
    source = site.op.inputs[0]
    if source is not None and distance is not None and _moving(site.graph.tensor(source)):
        yield source, site.op.outputs[0], distance, True


def _split_v(site: Site) -> Iterator[Tie]:
    source = site.graph.inputs_of(site.op)[0]
    if source is None or not _moving(source) or len(source.shape) != 1:
        return
    at = 0
    for output in site.graph.outputs_of(site.op):
        yield source.id, output.id, at, True
        at += output.size_bytes


def _update(site: Site) -> Iterator[Tie]:
    operand = site.op.inputs[0]
    if operand is not None and _moving(site.graph.tensor(operand)) and _last_reader(site, operand):
        yield operand, site.op.outputs[0], 0, False
    yield from _rows_in_place(site)


def _rows_in_place(site: Site) -> Iterator[Tie]:
    # Rows that fill a block of the operand are made where they belong, and the copy is one onto itself.
    rows, distance = site.op.inputs[1], contiguous_update_bytes(site.graph, site.op)
    if rows is not None and distance is not None and site.dies(rows):
        yield site.op.outputs[0], rows, distance, True


def _last_reader(site: Site, tensor: TensorId) -> bool:
    # A loop's state stays live over the loop by definition; what counts is that nobody in the body reads it later.
    users = site.graph.uses.get(tensor, ())
    return bool(users) and users[-1].id == site.op.id and tensor not in site.graph.outputs


def _while(site: Site) -> Iterator[Tie]:
    if len(site.op.subgraphs) != 2 or len(site.op.inputs) != len(site.op.outputs):
        return
    cond, body = (site.model.graphs[index] for index in site.op.subgraphs)
    for position, (before, after) in enumerate(zip(site.op.inputs, site.op.outputs, strict=True)):
        body_in, body_out = body.inputs[position], body.outputs[position]
        if body.inputs.count(body_in) > 1 or body.outputs.count(body_out) > 1:
            continue
        if before is not None and _may_hold_state(site, before, unchanged=body_in == body_out):
            yield after, before, 0, False
        yield after, cond.inputs[position], 0, False
        yield after, body_in, 0, False
        if body_out != body_in and body_out not in body.inputs and _follows(body, body_in, body_out):
            yield after, body_out, 0, False


def _may_hold_state(site: Site, before: TensorId, *, unchanged: bool) -> bool:
    tensor = site.graph.tensor(before)
    if not _moving(tensor) or site.op.inputs.count(before) > 1:
        return False
    return unchanged or site.dies(before)


def _follows(body: Graph, body_in: TensorId, body_out: TensorId) -> bool:
    """Whether the next state is made when the present one is needed no more (or by the in-place operator itself)."""
    order = {op.id: position for position, op in enumerate(body.ops)}
    maker = body.producers.get(body_out)
    if maker is None:
        return False
    last_use = max((order[op.id] for op in body.uses.get(body_in, ())), default=-1)
    if last_use < order[maker.id]:
        return True
    if last_use != order[maker.id] or maker.inputs[0] != body_in:
        return False
    return maker.name == "DYNAMIC_UPDATE_SLICE" or (maker.name == "GATHER" and moves_rows_up(body, maker))


_RULES: Mapping[str, Rule] = {
    **dict.fromkeys(ELEMENTWISE, _elementwise),
    "RESHAPE": _reshape,
    "SQUEEZE": _reshape,
    "EXPAND_DIMS": _reshape,
    "CONCATENATION": _concatenation,
    "SLICE": _slice,
    "SPLIT_V": _split_v,
    "DYNAMIC_UPDATE_SLICE": _update,
    "WHILE": _while,
}

# Loops first, since their state is fixed by their signature; then in-place operators, then views.
_ORDER = ("WHILE", "DYNAMIC_UPDATE_SLICE", "CONCATENATION")


def ties(model: Model, times: Timeline, *, hints: Hints | None = None, keep_inputs: bool = False) -> Groups:
    """Return groups of tensors tied as the kernels of `model` permit and as it saves memory or copies."""
    found = Groups(model, times, hints)
    sites = [
        Site(model, graph, op, times, keep_inputs) for graph in model.graphs for op in graph.ops if op.id in times.runs
    ]
    ranks = {name: position for position, name in enumerate(_ORDER)}
    for site in sorted(sites, key=lambda site: ranks.get(site.op.name, len(ranks))):
        rule = _RULES.get(site.op.name)
        if rule is None:
            continue
        for one, other, distance, same_content in rule(site):
            found.tie(one, other, distance, same_content=same_content)
    return found
