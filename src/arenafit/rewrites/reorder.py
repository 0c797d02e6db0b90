"""Operators run in another order, so that less is alive at once.

The order of a graph with branches is free as long as every operator runs after those it reads from; converters write
any. Operators whose effect is not in their outputs (variables, loops, custom code) keep their order among themselves.
"""

from collections.abc import Iterable, Mapping

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model, OpId
from arenafit.rewrites._operator_scheduling import orders
from arenafit.rewrites._sites import edit, sites
from arenafit.rewrites.protocol import Move


class Reorder:
    """Offers one move: the best order found, if its largest live set is smaller than the present one."""

    name = "reorder"
    cleanup = False

    def propose(self, model: Model) -> Iterable[Move]:
        """Yield the one move for graph 0; `where` is the new order."""
        move = best_move(model)
        if move is not None:
            yield move

    def apply(self, model: Model, move: Move) -> Model:
        """Return the model with its operators in the order of `move`.

        Raises:
            UnsupportedModelError: if `move` does not name every operator once, or breaks a dependency.
        """
        if sorted(move.where) != sorted(op.id for op in model.main.ops):
            raise UnsupportedModelError("the order is not one of this model's operators")
        editor = edit(model)
        editor.set_schedule([model.ops[op_id] for op_id in move.where])
        return editor.build()


def best_move(model: Model, scratch_bytes: Mapping[OpId, int] | None = None) -> Move | None:
    """Return the move to the best order of graph 0; None if none better than the present one was found.

    Args:
        model: the model; results that take their operands' place count once, as the kernels permit it.
        scratch_bytes: what operators need while they run, besides their tensors.
    """
    for site in sites(model)[:1]:
        graph = orders(site, scratch_bytes)
        before = graph.peak_bytes(range(len(site.graph.ops)))
        found = graph.best()
        if found.peak_bytes < before:
            where = tuple(site.graph.ops[index].id for index in found.order)
            proof = ", the smallest possible" if found.proved else ""
            note = f"operators reordered: live set {before:,} -> {found.peak_bytes:,} bytes{proof}"
            return Move("reorder", where, note=note)
    return None


def best_order(model: Model, scratch_bytes: Mapping[OpId, int] | None = None) -> Model | None:
    """Return `model` with its operators in the best order found; None if the present one is as good.

    Arguments as for `best_move`.
    """
    move = best_move(model, scratch_bytes)
    return None if move is None else REWRITE.apply(model, move)


REWRITE = Reorder()
