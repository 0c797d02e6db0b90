"""Operators whose results nobody reads, and tensors that nothing mentions, are dropped.

TFLM gives arena to both: an operator costs its node and its parameters in the tail and its outputs in the head; a
tensor that no operator mentions costs its entry in the tail and, with an offset in the offline plan, raises the head
(tensorflow/lite/micro/micro_allocator.cc, commit 90b983c2).
"""

from collections.abc import Iterable

from arenafit.ir import Editor, Model, Op, TensorId
from arenafit.rewrites._sites import Site, has_effect, locate, sites
from arenafit.rewrites.protocol import Move


class DeadCodeElimination:
    """Offers one move for the whole model: all dead operators and orphan tensors of all its graphs."""

    name = "dce"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the one move, if there is anything to drop."""
        known = sites(model)
        if not known:
            return  # views: what no operator mentions may still say what their bytes begin with
        dead = tuple(op for site in known for op in _dead_ops(site))
        gone = {op.id for op in dead}
        used = {tensor for op_id, op in model.ops.items() if op_id not in gone for tensor in _mentioned(op)}
        named = {tensor for site in known for tensor in site.named}
        used |= named
        scales = (model.tensors[tensor].quant for tensor in used)
        used |= {tensor for quant in scales if quant is not None for tensor in quant.tensors}
        orphans = tuple(tensor.id for tensor in model.all_tensors() if tensor.id not in used)
        if dead or orphans:
            note = f"{len(dead)} dead operators and {len(orphans)} unused tensors dropped"
            yield Move(self.name, tuple(op.id for op in dead), (("tensors", orphans),), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model without the operators of `move` and without any orphan tensor."""
        gone = {locate(model, op_id)[1].id for op_id in move.where}
        editor = Editor(model)
        for index, graph in enumerate(model.graphs):
            editor.set_schedule([op for op in graph.ops if op.id not in gone], index)
        editor.prune_tensors()
        return editor.build()


def _mentioned(op: Op) -> tuple[TensorId, ...]:
    return (*op.operands, *op.outputs, *op.intermediates)


def _dead_ops(site: Site) -> list[Op]:
    live = set(site.named)
    dead: list[Op] = []
    for op in reversed(site.graph.ops):
        if has_effect(site, op) or live.intersection(op.outputs):
            live.update(op.operands)
        else:
            dead.append(op)
    return dead[::-1]


REWRITE = DeadCodeElimination()
