"""How far the guard over a loop's memory must reach, for TFLM to put no scratch buffer over what matters."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from arenafit.fit.search.evaluation import Priced
from arenafit.ir import Model
from arenafit.rewrites import elide_copies
from arenafit.rewrites.protocol import Move
from arenafit.targets.target import Target
from arenafit.tflm.footprints import footprint
from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up


def lowered(
    model: Model,
    move: Move,
    found: Priced,
    target: Target,
    clashes: Callable[[Model], bool],
    *,
    turned: Callable[[Model], Model] = lambda model: model,
) -> tuple[Priced, Move]:
    """Return the smallest form with a guard, and the move that makes it of `model`: `found` by `move`, or less guarded.

    Scratch buffers stand where no guard does. Where one over all of a loop's memory makes the head higher, some of that
    memory may be free by the time an operator needs scratch: a shorter guard lets it be there.

    Args:
        model: the model with its plan, copies not yet left out.
        move: the move that leaves them out, with guards over all of each loop's memory.
        found: what it makes.
        target: what to price for.
        clashes: whether a scratch buffer would lie over what matters.
        turned: what else becomes of a model whose copies are left out; `found` is one of which it became.
    """
    plan = model.offline_plan
    if plan is None:
        return found, move
    nested = [tensor for graph in model.graphs[1:] for tensor in graph.tensors if tensor.id in plan]
    ends = sorted({align_up(plan[tensor.id] + tensor.size_bytes, ARENA_ALIGNMENT_BYTES) for tensor in nested})
    if not ends or found.footprint.head_bytes <= ends[-1]:
        return found, move
    firsts = sorted({0, *(plan[tensor.id] // ARENA_ALIGNMENT_BYTES * ARENA_ALIGNMENT_BYTES for tensor in nested)})

    def holds(first: int, end: int) -> bool:
        """Whether a guard between these bytes protects enough; notes what it makes of the model if that is smaller."""
        nonlocal found, move
        less = replace(move, parameters=(*shared, ("guard_bytes", (first, end))))
        rewritten = turned(elide_copies.REWRITE.apply(model, less))
        if clashes(rewritten):
            return False
        priced = Priced(rewritten, footprint(rewritten, target))
        if priced.arena_bytes < found.arena_bytes:
            found, move = priced, less
        return True

    shared = move.parameters
    end = _least(ends, lambda item: holds(0, item))
    below = [-first for first in reversed(firsts) if first < end]
    _least(below, lambda item: holds(-item, end))
    return found, move


def _least(numbers: Sequence[int], holds: Callable[[int], bool]) -> int:
    """Return the least of growing numbers for which something holds, which is taken to hold for the last."""
    low, high = 0, len(numbers) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(numbers[middle]) else (middle + 1, high)
    return numbers[low]
