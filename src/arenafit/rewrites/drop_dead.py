"""Operators whose results nobody reads, and tensors that nothing mentions, are dropped.

TFLM gives arena to both: an operator costs its node and its parameters in the tail and its outputs in the head; a
tensor that no operator mentions costs its entry in the tail and, with an offset in the offline plan, raises the head
(tensorflow/lite/micro/micro_allocator.cc, commit 90b983c2).
"""

from collections.abc import Iterable

from arenafit.ir import Editor, Model, Op, TensorId
from arenafit.rewrites._sites import Site, sites
from arenafit.rewrites.protocol import Move

# What these do is seen otherwise than through their outputs.
_WITH_EFFECT = frozenset(
    {
        "ASSIGN_VARIABLE",
        "CALL",
        "CALL_ONCE",
        "CUSTOM",
        "HASHTABLE",
        "HASHTABLE_IMPORT",
        "IF",
        "MULTINOMIAL",
        "RANDOM_STANDARD_NORMAL",
        "RANDOM_UNIFORM",
        "STABLEHLO_COMPOSITE",
        "STABLEHLO_CUSTOM_CALL",
        "STABLEHLO_WHILE",
        "WHILE",
    }
)


class DropDead:
    """Offers one move for the whole model: all dead operators and orphan tensors of all its graphs."""

    name = "drop_dead"
    cleanup = True

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the one move, if there is anything to drop."""
        dead = tuple(op for site in sites(model) for op in _dead_ops(site))
        gone = {op.id for op in dead}
        used = {tensor for op_id, op in model.ops.items() if op_id not in gone for tensor in _mentioned(op)}
        named = {tensor for site in sites(model) for tensor in site.named}
        orphans = tuple(tensor.id for tensor in model.all_tensors() if tensor.id not in used | named)
        if dead or orphans:
            note = f"{len(dead)} dead operators and {len(orphans)} unused tensors dropped"
            yield Move(self.name, tuple(op.id for op in dead), (("tensors", orphans),), note=note)

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model without the operators of `move` and without any orphan tensor."""
        gone = set(move.where)
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
        if _is_kept(site, op) or live.intersection(op.outputs):
            live.update(op.operands)
        else:
            dead.append(op)
    return dead[::-1]


def _is_kept(site: Site, op: Op) -> bool:
    if not op.outputs or op.name in _WITH_EFFECT or op.subgraphs:
        return True
    # A variable keeps what is written to it.
    return any(site.graph.tensor(tensor).is_variable for tensor in (*op.operands, *op.outputs))


REWRITE = DropDead()
