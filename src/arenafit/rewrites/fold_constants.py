"""Operators whose result is known when the model is written become constants.

SHAPE -> STRIDED_SLICE -> PACK -> RESHAPE, which Keras writes for a Flatten with a free batch, becomes a RESHAPE to a
constant shape. TFLM takes every shape from the file and never changes one (tensorflow/lite/micro/kernels/shape.cc,
commit 90b983c2), so SHAPE is a constant there even where `shape_signature` leaves an extent open; LiteRT agrees as
long as nobody resizes the input, and a model for TFLM is never resized.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from arenafit.ir import Constant, Model, Op, TensorId, holds_plain_data
from arenafit.rewrites._evaluate import can_evaluate, evaluate
from arenafit.rewrites._sites import Site, edit, locate, sites
from arenafit.rewrites.protocol import Move

# A result this much larger than what it was made of would cost more flash than it saves arena.
_GROWTH_LIMIT_BYTES = 256

Array = NDArray[Any]


class FoldConstants:
    """Offers one move for the whole model: all operators that can be evaluated."""

    name = "fold_constants"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the one move, if any operator can be evaluated."""
        folded = tuple(op_id for site in sites(model) for op_id in _results(site)[0])
        if folded:
            names = sorted({model.ops[op_id].name for op_id in folded})
            yield Move(self.name, folded, note=f"{len(folded)} operators evaluated ({', '.join(names)})")

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with the operators of `move` replaced by their results."""
        wanted = {locate(model, op_id)[1].id for op_id in move.where}
        editor = edit(model)
        for site in sites(model):
            folded, values = _results(site)
            gone = wanted.intersection(folded)
            editor.set_schedule([op for op in site.graph.ops if op.id not in gone], site.index)
            made = (output for op in site.graph.ops if op.id in gone for output in op.outputs)
            for tensor_id in made:
                tensor = site.graph.tensor(tensor_id)
                data = Constant.of(values[tensor_id])
                editor.update_tensor(replace(tensor, data=data, shape_signature=None), site.index)
        editor.prune_tensors()
        return editor.build()


def _results(site: Site) -> tuple[list[Any], dict[TensorId, Array]]:
    graph = site.graph
    if not any(can_evaluate(op) for op in graph.ops):
        return [], {}
    known: dict[TensorId, Array] = {tensor.id: tensor.array() for tensor in graph.tensors if holds_plain_data(tensor)}
    folded = []
    for op in graph.ops:
        values = evaluate(site, op, known) if _is_foldable(site, op) else None
        if values is None or _grows(site, op):
            continue
        folded.append(op.id)
        known.update(zip(op.outputs, values, strict=True))
    return folded, known


def _is_foldable(site: Site, op: Op) -> bool:
    if any(output in site.named for output in op.outputs):
        return False
    # A loop or a call copies its operands into a graph of its own; leave it a tensor it may write to.
    return not any(reader.subgraphs for output in op.outputs for reader in site.graph.uses.get(output, ()))


def _grows(site: Site, op: Op) -> bool:
    made = sum(tensor.size_bytes for tensor in site.graph.outputs_of(op))
    read = sum(tensor.size_bytes for tensor in site.graph.inputs_of(op) if tensor is not None)
    return made > read + _GROWTH_LIMIT_BYTES


REWRITE = FoldConstants()
