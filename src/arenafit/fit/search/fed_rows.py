"""A candidate that is fed by rows: its first loop made the main graph, in the way that needs the smallest arena."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from arenafit.errors import UnsupportedModelError
from arenafit.fit.search.evaluation import Priced
from arenafit.fit.search.scratch_guard import lowered
from arenafit.fit.settings import Settings
from arenafit.ir import Feed, Model, OpId
from arenafit.rewrites import elide_copies
from arenafit.rewrites.protocol import Move, Validity, weakest
from arenafit.streaming.feeding import FedLoop, fed
from arenafit.tflm.footprints import footprint

NAME = "rows"


class UnsafeScratchError(UnsupportedModelError):
    """No form of a candidate leaves room for the scratch buffers of each kernel library: it is none."""


def turned_inside_out(priced: Priced, known: FedLoop, settings: Settings, clashes: Callable[[Model], bool]) -> Priced:
    """Return the planned model with its first loop as the main graph, copies left out as far as that is safe.

    Args:
        priced: the model planned, the loop a WHILE yet.
        known: the loop.
        settings: what the user asks for.
        clashes: whether a scratch buffer would lie over what matters.

    Raises:
        UnsafeScratchError: if one would in every form.
    """
    for outputs_held in (False, True):
        turned = partial(fed, known=known, planned=priced.model, outputs_held=outputs_held)
        made = _forms(priced, settings, clashes, turned)
        if made:
            return min(made, key=lambda item: item.arena_bytes)
    raise UnsafeScratchError("no plan keeps scratch buffers off what is carried from Invoke to Invoke")


def _forms(
    priced: Priced, settings: Settings, clashes: Callable[[Model], bool], turned: Callable[[Model], Model]
) -> list[Priced]:
    target = settings.target
    safe: list[Priced] = []
    guarded: list[tuple[Priced, Move]] = []
    for move in elide_copies.REWRITE.propose(priced.model):
        has_guard = dict(move.parameters)["guard"]
        if not has_guard and not settings.only_these_kernels:
            # Optimised kernels nearly always have scratch that needs the guard.
            continue
        model = turned(elide_copies.REWRITE.apply(priced.model, move))
        if clashes(model):
            continue
        found = Priced(model, footprint(model, target))
        if has_guard:
            guarded.append((found, move))
        else:
            safe.append(found)
    if guarded:
        found, move = min(guarded, key=lambda item: item[0].arena_bytes)
        safe.append(lowered(priced.model, move, found, target, clashes, turned=turned)[0])
    if not safe:
        whole = turned(priced.model)
        safe += [] if clashes(whole) else [Priced(whole, footprint(whole, target))]
    return safe


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
