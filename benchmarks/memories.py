"""Which share of the traffic of activations and scratch buffers the fast memory of three boards serves.

For every model under the named folders whose arena misses the fast memory: buffers put there by size, smallest first,
as is done by hand; by the length of their lives; as arenafit plans it; and the most that any plan of whole buffers
could serve. The traffic is predicted. The arena with what is persistent lies in the slow memory in all of them.

    python benchmarks/memories.py FOLDER ... > memories.tsv
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path

from arenafit.errors import ArenafitError
from arenafit.memories import MemoryPlan, SpreadOptions, faults, spread_over
from arenafit.planning.regions import Filling, Piece
from arenafit.targets.boards import find_board
from arenafit.targets.memories import Region, read_memories
from arenafit.tflite import read_model
from arenafit.tflm import footprint

BOARDS = ("nucleo-h743zi2", "mimxrt1170-evk", "esp32-s3-n8r8")
_GOOD = 0.95  # of the bound


@dataclass(frozen=True, slots=True)
class Row:
    """Shares of one model on one board, and what all memories together take against one."""

    board: str
    model: str
    fast_bytes: int
    head_bytes: int
    by_size: float
    by_life: float
    ours: float
    bound: float
    packing: float
    faults: int


def memories(board: str) -> tuple[Region, Region]:
    """Return the fastest memory of a board and, with room for everything, what comes after it."""
    regions = sorted((one for one in find_board(board).regions if one.usable), key=lambda one: one.reading)
    slow = read_memories([f"slow=1000M:{regions[1].reading}"])[0]
    return regions[0], slow


def row(board: str, path: Path) -> Row | None:
    """Return the shares of a model; None if its arena fits the fast memory, or it cannot be predicted."""
    fast, slow = memories(board)
    model = read_model(path)
    found = footprint(model, find_board(board).target)
    if found.min_arena_bytes <= fast.available_bytes:
        return None
    plan = spread_over(model, found, (fast, slow), SpreadOptions(arena="slow"))
    moved = sum(item.total_bytes for item in plan.moved)
    if not moved:
        return None
    served = (slow.reading * moved - (plan.bound - slow.reading * plan.tables.total_bytes)) / (
        slow.reading - fast.reading
    )
    return Row(
        board,
        path.stem,
        fast.capacity_bytes,
        found.head_bytes,
        _greedy(plan, fast.capacity_bytes, lambda piece, _: piece.span_bytes),
        _greedy(plan, fast.capacity_bytes, lambda piece, life: (-life, piece.span_bytes)),
        plan.shares[0],
        min(1.0, served / moved),
        sum(plan.tops_bytes) / found.head_bytes,
        len(faults(plan)),
    )


def _greedy(plan: MemoryPlan, capacity: int, key: Callable[[Piece, int], object]) -> float:
    """Return the share that the fast memory serves if pieces are put there in the order of a key."""
    pieces = [Piece(group.parts, (0,)) for group in plan.groups]
    lives = [max(live.end - live.first for part in piece.parts for live in part.lives) for piece in pieces]
    moved = [sum(plan.moved[member].total_bytes for member in group.members) for group in plan.groups]
    filling = Filling(capacity, 16)
    order: Sequence[int] = sorted(range(len(pieces)), key=lambda at: (key(pieces[at], lives[at]), at))  # type: ignore[arg-type,return-value]
    return sum(moved[at] for at in order if filling.put(at, pieces[at])) / max(1, sum(moved))


def rows(folders: Sequence[Path]) -> Iterator[Row]:
    """Yield the rows of all models in the folders, board by board."""
    for board in BOARDS:
        for path in sorted(path for folder in folders for path in folder.glob("*.tflite")):
            try:
                found = row(board, path)
            except ArenafitError:
                continue
            if found is not None:
                yield found


def main() -> None:
    """Print a table, and a summary for each board."""
    found = []
    print("board\tmodel\tfast\thead\tby size\tby life\tours\tbound\tours/bound\tpacking\tfaults")
    for one in rows([Path(name) for name in sys.argv[1:]]):
        found.append(one)
        shares = "\t".join(f"{share:.3f}" for share in (one.by_size, one.by_life, one.ours, one.bound))
        ratio = one.ours / one.bound if one.bound else 1.0
        print(
            f"{one.board}\t{one.model}\t{one.fast_bytes}\t{one.head_bytes}\t{shares}\t{ratio:.3f}\t{one.packing:.3f}"
            f"\t{one.faults}",
            flush=True,
        )
    for board in BOARDS:
        mine = [one for one in found if one.board == board]
        if not mine:
            continue
        means = [
            sum(getattr(one, name) for one in mine) / len(mine) for name in ("by_size", "by_life", "ours", "bound")
        ]
        good = sum(one.ours >= _GOOD * one.bound for one in mine)
        packing = exp(sum(log(one.packing) for one in mine) / len(mine))
        print(
            f"# {board}: {len(mine)} models; means {' '.join(f'{mean:.3f}' for mean in means)};"
            f" within {_GOOD:.0%} of the bound {good} of {len(mine)}; packing {packing:.3f}"
        )


if __name__ == "__main__":
    main()
