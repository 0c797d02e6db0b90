"""Convolutions whose scratch buffer takes most of what lives with them, computed some output channels at a time.

A kernel with vector instructions copies its whole filter to scratch (ESP-NN on the ESP32-S3): half the channels need
half of that. The tail grows by an operator for each group.
"""

from collections.abc import Iterable, Iterator

from arenafit.fit.relayout import scratch_rooms
from arenafit.fit.search.candidates import RewriteStage
from arenafit.fit.search.start_graphs import Made
from arenafit.fit.settings import Settings
from arenafit.ir import Model, OpId
from arenafit.layout import live_profile
from arenafit.rewrites import channel_split
from arenafit.rewrites.protocol import Move
from arenafit.targets.target import Target
from arenafit.tflm.footprints import footprint

# Of the largest such buffer: what no other is to exceed.
_SHARES = (2, 3, 4)
_MOST_MOVES = 16


def with_less_scratch(base: Made, target: Target) -> Iterator[Made]:
    """Yield the base with its largest scratch buffers cut to a half, a third and a quarter, where that is possible."""
    stages, model = base
    sizes = _dominant_bytes(model, target)
    if not sizes:
        return
    largest = max(sizes.values())
    for share in _SHARES:
        limit = largest // share
        found, moves = model, list[Move]()
        for op in sorted(sizes, key=lambda key: -sizes[key])[:_MOST_MOVES]:
            move = channel_split.REWRITE.alone(found, op, -(-sizes[op] // max(1, limit))) if sizes[op] > limit else None
            if move is not None:
                found = channel_split.REWRITE.apply(found, move)
                moves.append(move)
        # What a kernel wants for its input, as CMSIS-NN's columns, does not shrink with the channels.
        if moves and max((room.size_bytes for room in scratch_rooms(found, target)), default=0) < largest:
            notes = "; ".join(move.note for move in moves)
            where = tuple(op for move in moves for op in move.where)
            yield (*stages, RewriteStage(Move(channel_split.REWRITE.name, where, note=notes), found)), found


def at_peak(model: Model, moves: Iterable[Move], settings: Settings) -> list[Move]:
    """Return the moves whose operators hold half of the most that lives, or more; those at the highest peak first."""
    profile = live_profile(model, keep_inputs=settings.keep_inputs)
    top = max(profile.values(), default=0)

    def height(move: Move) -> int:
        return max(profile.get(op, 0) for op in move.where)

    worth = [move for move in moves if height(move) * 2 >= top]
    return sorted(worth, key=lambda move: (-height(move), len(move.where), move.parameters))


def _dominant_bytes(model: Model, target: Target) -> dict[OpId, int]:
    """Return the scratch bytes of each operator of graph 0 that make half of what lives while it runs, or more."""
    rooms = {room.op: room.size_bytes for room in scratch_rooms(model, target)}
    found = footprint(model, target)
    live = {op: found.live_bytes.get(scope, 0) for scope, op in found.lifetimes.op_at.items()}
    return {
        op.id: rooms[op.id] for op in model.main.ops if op.id in rooms and 2 * rooms[op.id] >= live.get(op.id, 0) > 0
    }
