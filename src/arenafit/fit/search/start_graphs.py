"""The graphs to stream segments of: the model cleaned up, with rewrites that cost something, in better orders."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from arenafit.fit.relayout import scratch_rooms
from arenafit.fit.search.candidates import RewriteStage, Streams
from arenafit.fit.settings import Settings
from arenafit.ir import Model
from arenafit.rewrites import channel_split, elide_copies, reorder, stream_weights, unroll_weights, untile
from arenafit.rewrites.pipeline import all_rewrites, allowed, cleanup
from arenafit.rewrites.protocol import Move, Rewrite, Validity, weakest
from arenafit.rewrites.state_in_head import state_in_head
from arenafit.targets.target import Target

# Offered one at a time, first of all, or only of a model with a plan: the search makes their moves itself.
_OTHERWISE_MADE = (channel_split.REWRITE, elide_copies.REWRITE, untile.REWRITE, reorder.REWRITE)
# Two ways to write one thing, tried beside each other.
_WAYS = (stream_weights.REWRITE, unroll_weights.REWRITE)
_MOST_MOVES = 64

Made = tuple[tuple[RewriteStage, ...], Model]


def cleaned(model: Model, *, exact_only: bool = False) -> Made:
    """Return the model after every rewrite that never costs anything, `exact_only`: see `Settings`."""
    made, moves = cleanup(model, exact_only=exact_only)
    if not moves:
        return (), made
    return (RewriteStage(_together("cleanup", moves), made),), made


def made_whole(model: Model, plain: Made, settings: Settings) -> Made:
    """Return what was cut into stripes by hand made whole: of `model` or of `plain`, cleaned up, else `plain` itself.

    Clean-ups may treat the first and the last stripe otherwise than those between, so the model as it came is asked
    first. What is whole takes more memory until it is streamed, and then less.
    """
    if not (settings.rolls or settings.unrolls):
        return plain
    found = (_all_moves(base, untile.REWRITE, settings, lambda: False) for base in (((), model), plain))
    return next((made for made in found if made is not None), plain)


def at_a_price(
    base: Made, settings: Settings, better: Callable[[Made], bool], stop: Callable[[], bool]
) -> Iterator[Made]:
    """Yield the base after all moves of each rewrite that costs flash or time, on top of those that were `better`.

    Moves for TFLM alone are made at that level of validity only.
    """
    for rewrite in all_rewrites():
        if rewrite.cleanup or rewrite in _OTHERWISE_MADE or rewrite in _WAYS:
            continue
        found = _all_moves(base, rewrite, settings, stop)
        if found is None:
            continue
        yield found
        if better(found):
            base = found
    if settings.rolls and settings.stream:
        yield from _more_and_more(base, stream_weights.REWRITE, settings, stop)
    if settings.unrolls:
        yield from _more_and_more(base, unroll_weights.REWRITE, settings, stop)


def reordered(base: Made, target: Target) -> Iterator[Made]:
    """Yield the base in a better order of its operators, should there be one."""
    stages, model = base
    rooms = {room.op: room.size_bytes for room in scratch_rooms(model, target)}
    move = reorder.best_move(model, rooms)
    if move is not None:
        ordered = reorder.REWRITE.apply(model, move)
        yield (*stages, RewriteStage(move, ordered)), ordered


def with_state_in_head(base: Made, settings: Settings) -> Iterator[Streams]:
    """Yield the base with its streams' state in the head, for TFLM alone; before 2025-11 by plain operators."""
    stages, model = base
    moved = state_in_head(model, plain=not settings.stream) if settings.validity is Validity.TFLM else None
    if moved is not None:
        yield Streams((*stages, RewriteStage(moved.move, moved.model)), moved.model, moved.hints)


def _more_and_more(base: Made, rewrite: Rewrite, settings: Settings, stop: Callable[[], bool]) -> Iterator[Made]:
    """Yield the base after 1, 2, 4, ... moves that a rewrite offers of it, and after all.

    Each adds to the tail, so that the first few, those of the largest operators, may be best.
    """
    stages, model = base
    offered = list(islice(allowed(rewrite.propose(model), exact_only=settings.exact_only), _MOST_MOVES))
    for count, move in enumerate(offered, 1):
        if stop():
            return
        model = rewrite.apply(model, move)
        if count == len(offered) or count.bit_count() == 1:
            made, tidied = cleanup(model, exact_only=settings.exact_only)
            yield (*stages, RewriteStage(_together(rewrite.name, offered[:count], tidied), made)), made


def _all_moves(base: Made, rewrite: Rewrite, settings: Settings, stop: Callable[[], bool]) -> Made | None:
    stages, model = base
    moves: list[Move] = []
    while len(moves) < _MOST_MOVES and not stop():
        offered = (
            item
            for item in allowed(rewrite.propose(model), exact_only=settings.exact_only)
            if item.validity is Validity.TFLITE or item.validity is settings.validity
        )
        move = next(offered, None)
        if move is None:
            break
        moves.append(move)
        model = rewrite.apply(model, move)
    if not moves:
        return None
    model, tidied = cleanup(model, exact_only=settings.exact_only)
    return (*stages, RewriteStage(_together(rewrite.name, moves, tidied), model)), model


def _together(name: str, moves: Sequence[Move], tidied: Sequence[Move] = ()) -> Move:
    """Return one move for many; what was tidied up behind them is not told, but limits what is claimed."""
    counted = Counter(move.note or move.rewrite for move in moves)
    notes = "; ".join(note if count == 1 else f"{note} ({count} times)" for note, count in counted.items())
    claim = weakest([move.claim for move in (*moves, *tidied)])
    return Move(name, tuple(op for move in moves for op in move.where), claim=claim, note=notes)
