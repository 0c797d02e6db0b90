"""Applies the rewrites that never cost anything, until none has anything left to offer."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import cycle

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model
from arenafit.registry import discover
from arenafit.rewrites.protocol import Claim, Move, Rewrite

# Every clean-up move takes an operator, an operand or a tensor away, or moves a reshape down; this is far above need.
_MOVES_PER_OP = 20


@cache
def all_rewrites() -> tuple[Rewrite, ...]:
    """Return every rewrite: the built-in ones in name order, then those that entry points add."""
    return tuple(discover("arenafit.rewrites", "REWRITE", _accept, group="arenafit.rewrites"))


def cleanup(model: Model, *, exact_only: bool = False) -> tuple[Model, list[Move]]:
    """Return `model` with every clean-up rewrite applied to a fixed point, and the moves made, in order.

    The result computes the same, as far as its moves claim, in TFLM and in LiteRT. It depends on the model alone:
    rewrites are asked in name order, and the first move offered is made. Offline plans do not survive a change of the
    graph.

    Args:
        model: the model; it stays as it is.
        exact_only: make only moves that keep every bit whatever the values are, infinities and NaN included.

    Raises:
        UnsupportedModelError: if a rewrite never comes to an end, which is a defect of that rewrite.
    """
    rewrites = [rewrite for rewrite in all_rewrites() if rewrite.cleanup]
    limit = _MOVES_PER_OP * (len(model.ops) + len(model.tensors) + 1)
    made: list[Move] = []
    quiet = 0
    for rewrite in cycle(rewrites):
        before = len(made)
        while (move := next(allowed(rewrite.propose(model), exact_only=exact_only), None)) is not None:
            model = rewrite.apply(model, move)
            made.append(move)
            if len(made) > limit:
                raise UnsupportedModelError(f"{rewrite.name} still offers moves after {limit} were made: report this")
        quiet = quiet + 1 if len(made) == before else 0
        if quiet == len(rewrites):
            break
    return model, made


def allowed(moves: Iterable[Move], *, exact_only: bool) -> Iterator[Move]:
    """Yield the moves that may be made, `exact_only`: without those that claim equality for finite values only."""
    return (move for move in moves if move.claim is Claim.BIT_EXACT or not exact_only)


def _accept(part: object) -> Rewrite:
    if not isinstance(part, Rewrite):
        raise TypeError(f"{part!r} is no Rewrite: it needs name, cleanup, propose and apply")
    return part
