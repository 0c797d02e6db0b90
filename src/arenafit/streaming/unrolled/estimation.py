"""What an unrolled segment will cost before it is written; used only to choose which candidates to build."""

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from types import MappingProxyType

from arenafit.ir import Graph, Op, OpId, TensorId
from arenafit.streaming.loop.estimation import Estimate
from arenafit.streaming.unrolled.tiles import Stripes
from arenafit.streaming.unrolled.unrolled_ir import Node, Stripe, straight
from arenafit.targets.abi import NODE_AND_REGISTRATION, TFLITE_EVAL_TENSOR
from arenafit.targets.target import Abi

# Bytes of tail a clone keeps beside its node and tensors, 64-bit; convolutions two numbers for each channel besides.
_KEPT_BYTES: Mapping[str, int] = MappingProxyType(
    {"CONV_2D": 96, "DEPTHWISE_CONV_2D": 96, "MAX_POOL_2D": 80, "AVERAGE_POOL_2D": 80, "ADD": 64, "MUL": 48}
)
_KEPT_BY_KIND: Mapping[str, int] = MappingProxyType({"pad": 64, "join": 64, "copy": 32})
_CHANNEL_BYTES = 8
_MORE_THAN_VIEWS = (6, 24)
_NODE_BYTES = NODE_AND_REGISTRATION.size_bytes(Abi.LP64) + TFLITE_EVAL_TENSOR.size_bytes(Abi.LP64)
_KEPT_AT_LEAST = 32
_IN_PLACE = ("ADD", "MUL", "SUB", "RELU", "RELU6", "LOGISTIC", "TANH", "HARD_SWISH", "LEAKY_RELU", "PRELU", "QUANTIZE")
_CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def estimate_straight(graph: Graph, stripes: Stripes, *, as_views: bool = False, keep_inputs: bool = False) -> Estimate:
    """Return what an unrolled segment will roughly cost; `as_views`: copies onto themselves will be left out."""
    late = keep_inputs and any(source in graph.inputs for source in stripes.segment.sources)
    nodes = straight(graph, stripes, late=late)
    free = ("view", "join") if as_views else ()
    made = [node for node in nodes if node.kind not in free]
    tensors = sum(1 for node in nodes if not node.output.whole)
    tensors += len(stripes.segment.outputs) - len(stripes.segment.ops)
    tensors += sum(2 for node in made if node.kind in ("view", "copy", "pad"))
    sizes = _Sizes(graph, stripes)
    moved = sum(sizes.of(node.output) * (4 if node.kind == "view" else 1) for node in made if node.kind != "clone")
    live = _most_live(nodes, sizes, dying=_dying(graph, stripes, keep_inputs=keep_inputs))
    clones = {op.id: _clone_bytes(graph, op.name, op.outputs[0]) for op in stripes.segment.ops}
    tail = sum(_kept_bytes(node, clones) for node in made) - sum(clones.values())
    more = len(made) - len(stripes.segment.ops)
    # Of the views of a loop some are one after all, which the search counts on; of stripes none are.
    tail += _MORE_THAN_VIEWS[0] * tensors + _MORE_THAN_VIEWS[1] * more if as_views else 0
    return Estimate(live, more, tensors, moved // 4, tail)


def clones_tail_bytes(graph: Graph, ops: Iterable[Op], *, narrow: bool) -> int:
    """Return what one clone of each operator keeps in the tail, on 64 bits or, `narrow`, on 32."""
    wide = sum(_NODE_BYTES + _KEPT_BYTES.get(op.name, _KEPT_AT_LEAST) for op in ops)
    return (wide // 2 if narrow else wide) + sum(_channel_bytes(graph, op.name, op.outputs[0]) for op in ops)


class _Sizes:
    def __init__(self, graph: Graph, stripes: Stripes) -> None:
        self._graph = graph
        self._axis = stripes.segment.axis
        self._known: dict[tuple[TensorId, int], int] = {}

    def of(self, stripe: Stripe) -> int:
        first, end = stripe.rows
        left, right = stripe.across
        return self.row_bytes(stripe.tensor, left + right) * (end - first)

    def row_bytes(self, tensor_id: TensorId, more_across: int = 0) -> int:
        key = tensor_id, more_across
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._row_bytes(tensor_id, more_across)
        return known

    def _row_bytes(self, tensor_id: TensorId, more_across: int) -> int:
        tensor = self._graph.tensor(tensor_id)
        shape = list(tensor.shape)
        shape[self._axis] = 1
        shape[3 - self._axis] += more_across
        return prod(shape) * tensor.dtype.bits // 8


def _kept_bytes(node: Node, clones: Mapping[OpId, int]) -> int:
    if node.op is not None and node.kind == "clone":
        return clones[node.op.id]
    return _KEPT_BY_KIND.get(node.kind, 0)


def _clone_bytes(graph: Graph, name: str, output: TensorId) -> int:
    return _KEPT_BYTES.get(name, _KEPT_AT_LEAST) + _channel_bytes(graph, name, output)


def _channel_bytes(graph: Graph, name: str, output: TensorId) -> int:
    return _CHANNEL_BYTES * graph.tensor(output).shape[-1] if name in _CONVOLUTIONS else 0


def _dying(graph: Graph, stripes: Stripes, *, keep_inputs: bool) -> frozenset[TensorId]:
    """Sources whose rows may be overwritten once they are read."""
    chosen = {op.id for op in stripes.segment.ops}
    return frozenset(
        source
        for source in stripes.segment.sources
        if source not in graph.outputs
        and all(user.id in chosen for user in graph.uses.get(source, ()))
        and not (keep_inputs and source in graph.inputs)
    )


def _most_live(nodes: Sequence[Node], sizes: _Sizes, *, dying: frozenset[TensorId]) -> int:
    """The most bytes that live at once: views and joins are what they are made of, sources what is yet to be read."""
    last: dict[Stripe, int] = {}
    makers = {node.output: node for node in nodes}
    without_memory = set()
    for position in range(len(nodes) - 1, -1, -1):
        node = nodes[position]
        last.setdefault(node.output, len(nodes) if node.output.whole else position)
        taken = _in_place(node, sizes, makers, last)
        is_part = node.kind in ("view", "join")
        for stripe in node.inputs:
            # Positions come from the last to the first: whoever is known already lives at least until here.
            end = last[node.output] if is_part or stripe is taken else position
            if end > last.get(stripe, -1):
                last[stripe] = end
        if taken is not None or is_part:
            without_memory.add(node.output)
    change = [0] * (len(nodes) + 2)
    for position, node in enumerate(nodes):
        if node.output not in without_memory:
            size = sizes.of(node.output)
            change[position] += size
            change[last[node.output] + 1] -= size
    for source in {stripe for node in nodes for stripe in node.inputs if stripe.whole}:
        _add_source(source, nodes, last, sizes, change, dies=source.tensor in dying)
    most = live = 0
    for step in change:
        live += step
        most = max(most, live)
    return most


def _in_place(
    node: Node, sizes: _Sizes, makers: Mapping[Stripe, Node], known_last: Mapping[Stripe, int]
) -> Stripe | None:
    """Return the operand whose place an elementwise operator takes: as large, made here, and read by nobody later."""
    if node.op is None or node.op.name not in _IN_PLACE or node.kind != "clone":
        return None
    size = sizes.of(node.output)
    dying = (
        stripe
        for stripe in node.inputs
        if stripe not in known_last and stripe in makers and makers[stripe].kind not in ("view", "join")
    )
    return next((stripe for stripe in dying if sizes.of(stripe) == size), None)


def _add_source(
    source: Stripe, nodes: Sequence[Node], last: Mapping[Stripe, int], sizes: _Sizes, change: list[int], *, dies: bool
) -> None:
    """Add a source from the start, less the rows in front of those that are still read."""
    row_bytes = sizes.row_bytes(source.tensor)
    change[0] += row_bytes * source.rows.size
    if not dies:
        return
    reads = sorted((last[node.output], node.output.rows.first) for node in nodes if source in node.inputs)
    gone = 0
    for index, (end, _) in enumerate(reads):
        first = min((item[1] for item in reads[index + 1 :]), default=source.rows.size)
        if first > gone:
            change[end + 1] -= row_bytes * (first - gone)
            gone = first
