"""Writes a segment as straight-line operators of the main graph, one clone of each operator a trip: no loop.

Every begin is a constant, so that rows are views where they stand in one run; weights are shared. What is written runs
on every TFLM that has SLICE, GATHER, CONCATENATION and PAD, and on desktop LiteRT.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np

from arenafit.ir import Editor, Model, Op, Options, TensorId
from arenafit.streaming.loop.body import GATHERED, Writer, with_rows
from arenafit.streaming.loop.padding import pad_value
from arenafit.streaming.unrolled.tiles import Stripes
from arenafit.streaming.unrolled.unrolled_ir import Node, Stripe, straight

_SUFFIXES: Mapping[str, str] = MappingProxyType(
    {"view": "_rows", "copy": "_kept", "join": "_line", "pad": "_padded", "clone": ""}
)


def unroll(model: Model, stripes: Stripes, label: str, *, keep_inputs: bool = False) -> Model:
    """Return `model` with the operators of a segment (all of the main graph) replaced by their clones.

    Args:
        model: the model; it stays as it is.
        stripes: what to compute in which trip.
        label: prefix of the names of everything new.
        keep_inputs: leave sources that are graph inputs whole until the last trip.
    """
    late = keep_inputs and any(source in model.main.inputs for source in stripes.segment.sources)
    return _Unroller(model, stripes, label).run(straight(model.main, stripes, late=late))


class _Unroller:
    def __init__(self, model: Model, stripes: Stripes, label: str) -> None:
        self._graph = model.main
        self._segment = stripes.segment
        self._editor = Editor(model)
        self._before = len(self._editor.ops())
        self._w = Writer(self._editor, 0, label)
        self._tensors: dict[Stripe, TensorId] = {}

    def run(self, nodes: Sequence[Node]) -> Model:
        rules = {"view": self._cut, "copy": self._copy, "join": self._join, "pad": self._pad, "clone": self._clone}
        for node in nodes:
            if not node.output.whole:
                self._tensors[node.output] = self._made(node)
            rules[node.kind](node)
        written = self._editor.ops()[self._before :]
        self._editor.set_schedule(self._editor.ops()[: self._before])
        self._editor.replace_ops([op.id for op in self._segment.ops], written)
        self._editor.prune_tensors()
        return self._editor.build()

    def _made(self, node: Node) -> TensorId:
        stripe, axis = node.output, self._segment.axis
        tensor = self._graph.tensor(stripe.tensor)
        shape = list(with_rows(tensor.shape, axis, stripe.rows.size))
        shape[3 - axis] += sum(stripe.across)
        return self._w.like(f"{tensor.name}{_SUFFIXES[node.kind]}_{stripe.trip}", tensor, shape)

    def _tensor(self, stripe: Stripe) -> TensorId:
        return stripe.tensor if stripe.whole else self._tensors[stripe]

    def _cut(self, node: Node) -> None:
        source = node.inputs[0]
        begin = [0, 0, 0, 0]
        begin[self._segment.axis] = node.output.rows.first - source.rows.first
        cut = self._tensor(node.output)
        shape = self._editor.tensor(cut).shape
        self._w.slice(self._tensor(source), self._w.ints("begin", begin), shape, cut)

    def _copy(self, node: Node) -> None:
        source = self._tensor(node.inputs[0])
        if self._editor.tensor(source).dtype not in GATHERED:
            self._cut(node)
            return
        first = node.output.rows.first - node.inputs[0].rows.first
        rows = self._w.ints("rows", range(first, first + node.output.rows.size))
        self._w.gather(source, rows, self._segment.axis, self._tensor(node.output))

    def _join(self, node: Node) -> None:
        pieces = [self._tensor(piece) for piece in node.inputs]
        self._w.concatenate(pieces, self._segment.axis, self._tensor(node.output))

    def _pad(self, node: Node) -> None:
        source, made = node.inputs[0], self._tensor(node.output)
        amounts = [(0, 0)] * 4
        amounts[self._segment.axis] = node.pads
        amounts[3 - self._segment.axis] = self._across(node)
        tensor = self._editor.tensor(self._tensor(source))
        value = pad_value(tensor, node.value)
        if value == pad_value(tensor, "zero_point"):
            self._w.pad(self._tensor(source), amounts, made)
        else:
            self._w.pad_with(self._tensor(source), amounts, np.array(value, dtype=tensor.dtype.numpy), made)

    def _across(self, node: Node) -> tuple[int, int]:
        if node.op is None:
            return node.output.across
        # A PAD of the model pads columns as it did.
        found = self._segment.geometries[node.op.id]
        return getattr(found, "cross_before", 0), getattr(found, "cross_after", 0)

    def _clone(self, node: Node) -> None:
        if node.op is None:
            return
        taken = {stripe.tensor: self._tensor(stripe) for stripe in node.inputs}
        operands = [None if operand is None else taken.get(operand, operand) for operand in node.op.inputs]
        if node.op.name == "RESHAPE":
            made = self._tensor(node.output)
            options = Options("ReshapeOptions", (("new_shape", self._editor.tensor(made).shape),))
            self._editor.append_op(self._editor.make_op("RESHAPE", operands[:1], (made,), options))
            return
        clone = self._editor.clone_op(
            node.op, operands, (self._tensor(node.output),), options=_with_padding(node.op, node.padding)
        )
        self._editor.append_op(clone)


def _with_padding(op: Op, padding: int | None) -> Options | None:
    if op.options is None or padding is None or op.options.get("padding") is None:
        return op.options
    return op.options.with_values(padding=padding)
