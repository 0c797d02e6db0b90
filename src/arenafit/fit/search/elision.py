"""Copies onto themselves left out of a planned model, for TFLM alone, as far as no scratch buffer forbids."""

from collections.abc import Callable

from arenafit.fit.search.evaluation import Priced
from arenafit.fit.search.scratch_guard import lowered
from arenafit.ir import Model, OpId, TensorId
from arenafit.layout.scratch_check import ScratchConflict
from arenafit.rewrites import elide_copies
from arenafit.rewrites.protocol import Move
from arenafit.targets.target import Target
from arenafit.tflm.footprints import footprint

# So many copies onto themselves are kept at most, for their operands and results not to be taken for free memory.
_MOST_KEPT = 3

Clash = Callable[[Model], ScratchConflict | TensorId | None]


def without_copies(
    priced: Priced, target: Target, clash: Clash, *, every_form: bool = False, unguarded: bool = False
) -> tuple[Priced, Move] | None:
    """Return the model without what its plan made superfluous, and how: the boldest form that is safe.

    None if leaving copies out costs more than they do: what keeps scratch buffers away takes memory, too.

    Args:
        priced: the model, planned.
        target: what to price for.
        clash: what a plan is wrong for, such as a scratch buffer over what matters; None if it is right.
        every_form: also try forms that keep copies one by one, and take the one with the smallest arena of those that
            leave copies out of every graph; forms that leave fewer out are tried only where none of these is safe.
        unguarded: try forms without guards: optimised kernels nearly always have scratch buffers that need them.
    """
    found: tuple[Priced, Move] | None = None
    for move in elide_copies.REWRITE.propose(priced.model):
        form = dict(move.parameters)
        if not (every_form or form["guard"] or unguarded):
            continue
        made = _guarded(priced, move, target, clash) if form["guard"] else _kept(priced, move, target, clash)
        if made is not None and (found is None or made[0].arena_bytes < found[0].arena_bytes):
            found = made
        if found is not None and (not every_form or not form["in_main"]):
            break  # later forms leave more copies
    if found is not None and found[0].arena_bytes > priced.arena_bytes and clash(priced.model) is None:
        return None
    return found


def _guarded(priced: Priced, move: Move, target: Target, clash: Clash) -> tuple[Priced, Move] | None:
    """Apply a move that puts guards over the memory of loops, which reach no further than they must."""
    model = elide_copies.REWRITE.apply(priced.model, move)
    if clash(model) is not None:
        return None
    made = Priced(model, footprint(model, target))
    return lowered(priced.model, move, made, target, lambda other: clash(other) is not None)


def _kept(priced: Priced, move: Move, target: Target, clash: Clash) -> tuple[Priced, Move] | None:
    """Apply a move without guards, but for some copies that scratch buffers make necessary; None if that is not enough.

    TFLM takes what a copy reads to matter until then, and what it makes from then on: a few copies onto themselves
    guard what nothing else names. Where scratch buffers make the head higher, one more may make room for them.
    """
    makers = {output: op.id for graph in priced.model.graphs for op in graph.ops for output in op.outputs}
    kept: tuple[OpId, ...] = ()
    while True:
        made = _applied(priced, _keeping(priced.model, move, kept), target)
        found = clash(made[0].model)
        if found is None:
            break
        maker = makers.get(found.tensor) if isinstance(found, ScratchConflict) else None
        if maker is None or maker in made[0].model.ops or len(kept) == _MOST_KEPT:
            return None
        kept = (*kept, maker)
    if made[0].footprint.head_bytes <= priced.footprint.head_bytes:
        return made
    for op in [op for op in move.where if op not in made[0].model.ops]:
        other = _applied(priced, _keeping(priced.model, move, (*kept, op)), target)
        if other[0].arena_bytes < made[0].arena_bytes and clash(other[0].model) is None:
            made = other
    return made


def _keeping(model: Model, move: Move, kept: tuple[OpId, ...]) -> Move:
    return elide_copies.REWRITE.keeping(model, move, kept) if kept else move


def _applied(priced: Priced, move: Move, target: Target) -> tuple[Priced, Move]:
    model = elide_copies.REWRITE.apply(priced.model, move)
    return Priced(model, footprint(model, target)), move
