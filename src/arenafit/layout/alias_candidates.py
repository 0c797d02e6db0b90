"""Which tensors of a model had better stand at a fixed distance from each other, so that copies are no copies.

A loop's state keeps one address; CONCATENATION's operands are made where they belong; a slice, a reshape or a split is
a view of its operand; an elementwise result takes its operand's place. Each is a preference that the kernels permit
(TFLM 2026-08, reference and CMSIS-NN: element-wise and copying kernels read an element before they write it at the
same address).
"""

from collections.abc import Iterable, Iterator

from arenafit.ir import Graph, Model, Op, Tensor, TensorId
from arenafit.kernels.sharing import OperandOverlap
from arenafit.layout.alias_sets import AliasSets, Hints
from arenafit.layout.content_lifetimes import Timeline
from arenafit.layout.contents import ways
from arenafit.records import record

# (one tensor, another, distance in bytes from the first's start to the other's)
Tie = tuple[TensorId, TensorId, int]


@record(frozen=True)
class AliasSite:
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


def _moving(tensor: Tensor | None) -> bool:
    return tensor is not None and not tensor.is_constant and not tensor.is_variable


def is_free(site: AliasSite, way: OperandOverlap, operand: TensorId) -> bool:
    """Whether an output may overlap the operand in this way without destroying what is needed later."""
    return way.same_content or site.dies(operand) or (way.carried and _last_reader(site, operand))


def _by_kernel(site: AliasSite) -> Iterator[Tie]:
    """Yield what the operator's kernel permits and saves memory, where the operand's place is free to be taken."""
    for way in ways(site.graph, site.op):
        operand = site.op.inputs[way.operand]
        if operand is None or way.wanted_bytes is None:
            continue
        if is_free(site, way, operand):
            yield operand, site.op.outputs[way.output], way.wanted_bytes


def _last_reader(site: AliasSite, tensor: TensorId) -> bool:
    # A loop's state stays live over the loop by definition; what counts is that nobody in the body reads it later.
    users = site.graph.uses.get(tensor, ())
    return bool(users) and users[-1].id == site.op.id and tensor not in site.graph.outputs


def _while(site: AliasSite) -> Iterator[Tie]:
    if len(site.op.subgraphs) != 2 or len(site.op.inputs) != len(site.op.outputs):
        return
    cond, body = (site.model.graphs[index] for index in site.op.subgraphs)
    for position, (before, after) in enumerate(zip(site.op.inputs, site.op.outputs, strict=True)):
        body_in, body_out = body.inputs[position], body.outputs[position]
        if body.inputs.count(body_in) > 1 or body.outputs.count(body_out) > 1:
            continue
        if before is not None and _may_hold_state(site, before, unchanged=body_in == body_out):
            yield after, before, 0
        yield after, cond.inputs[position], 0
        yield after, body_in, 0
        if body_out != body_in and body_out not in body.inputs and _follows(body, body_in, body_out):
            yield after, body_out, 0


def _may_hold_state(site: AliasSite, before: TensorId, *, unchanged: bool) -> bool:
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
    if last_use != order[maker.id] or maker.inputs.count(body_in) != 1:
        return False
    output = maker.outputs.index(body_out)
    carried = (way for way in ways(body, maker) if way.carried and way.output == output)
    return any(maker.inputs[way.operand] == body_in for way in carried)


# Loops first, since their state is fixed by their signature; then in-place operators, then views.
_ORDER = ("WHILE", "DYNAMIC_UPDATE_SLICE", "CONCATENATION")


def offers(model: Model, times: Timeline, *, keep_inputs: bool = False) -> list[Tie]:
    """Return the ties that the kernels of `model` permit and that save memory or copies, the most binding first."""
    sites = [
        AliasSite(model, graph, op, times, keep_inputs)
        for graph in model.graphs
        for op in graph.ops
        if op.id in times.runs
    ]
    ranks = {name: position for position, name in enumerate(_ORDER)}
    found: list[Tie] = []
    for site in sorted(sites, key=lambda site: ranks.get(site.op.name, len(ranks))):
        found.extend(_while(site) if site.op.name == "WHILE" else _by_kernel(site))
    return found


def ties(model: Model, times: Timeline, *, hints: Hints | None = None, keep_inputs: bool = False) -> AliasSets:
    """Return groups of tensors tied as the kernels of `model` permit and as it saves memory or copies."""
    return tied(AliasSets(model, times, hints), offers(model, times, keep_inputs=keep_inputs))


def tied(groups: AliasSets, wanted: Iterable[Tie]) -> AliasSets:
    """Return `groups` with every tie of `wanted` that is safe beside those before it."""
    for one, other, distance_bytes in wanted:
        groups.tie(one, other, distance_bytes)
    return groups
