"""A candidate that is fed by rows: its first loop made the main graph, in the way that needs the smallest arena."""

from collections.abc import Callable, Mapping, Sequence

from arenafit.fit.search.evaluation import Priced
from arenafit.fit.search.scratch_guard import lowered
from arenafit.fit.settings import Settings
from arenafit.ir import Feed, Model, OpId
from arenafit.rewrites import elide_copies
from arenafit.rewrites.protocol import Move, Validity, weakest
from arenafit.streaming.feeding import FedLoop, fed
from arenafit.tflm.footprints import footprint

NAME = "rows"


def turned_inside_out(priced: Priced, known: FedLoop, settings: Settings, clashes: Callable[[Model], bool]) -> Priced:
    """Return the planned model with its first loop as the main graph, copies left out as far as that is safe.

    Args:
        priced: the model planned, the loop a WHILE yet.
        known: the loop.
        settings: what the user asks for.
        clashes: whether a scratch buffer would lie over what matters.
    """

    def turned(model: Model) -> Model:
        return fed(model, known, priced.model)

    target = settings.target
    made: list[Priced] = []
    for move in elide_copies.REWRITE.propose(priced.model):
        form = dict(move.parameters)
        guarded = form["guard"]
        if not guarded and not settings.only_these_kernels:
            # Optimised kernels nearly always have scratch that needs the guard.
            continue
        model = turned(elide_copies.REWRITE.apply(priced.model, move))
        if clashes(model):
            continue
        found = Priced(model, footprint(model, target))
        made.append(lowered(priced.model, move, found, target, clashes, turned=turned)[0] if guarded else found)
    if not made:
        whole = turned(priced.model)
        return Priced(whole, footprint(whole, target))
    return min(made, key=lambda item: item.arena_bytes)


def rows_move(feed: Feed, streamed: Sequence[Move]) -> Move:
    """Return the move that says how a model is fed, and what was streamed for it."""
    rows = f"{feed.rows_per_call} row{'s' if feed.rows_per_call > 1 else ''}"
    told = f"{rows} of the input at a time from the application, {feed.calls} Invokes a frame"
    return Move(
        NAME,
        tuple(op for move in streamed for op in move.where),
        claim=weakest([move.claim for move in streamed]),
        validity=Validity.TFLM,
        note="; ".join((told, *(move.note for move in streamed))),
    )


def frame_instructions(model: Model, feed: Feed, count: Callable[[Model, Mapping[OpId, int]], int]) -> int:
    """Return the instructions of all Invokes of a frame; `count` gives those of one, for a branch its IF takes."""
    closing = model.main.ops[-1].id
    return (feed.calls - 1) * count(model, {closing: 1}) + count(model, {closing: 0})
