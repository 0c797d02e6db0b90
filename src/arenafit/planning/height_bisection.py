"""From "is there a plan within this height?" to the lowest one: several heights and rankings searched in turns."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle

import numpy as np

from arenafit.planning.branch_and_bound import Search, Vector
from arenafit.planning.work import Work

# What a turn of a search counts for: some hundred trials on numpy vectors.
_STEPS_PER_TURN = 4_000

# From a limit of height to a search for positions within it.
Start = Callable[[int], Search]


@dataclass(frozen=True, slots=True)
class Descent:
    """The lowest positions found, if any, and the height that is proved to be needed."""

    positions: Vector | None
    lowest: int


@dataclass(frozen=True, slots=True)
class HeightSpan:
    """From a height proved to be needed to one that is known to do; a search ends within `goal` (0: at the lowest)."""

    lowest: int
    height: int
    goal: int


def descend(starts: Sequence[Start], sizes: Vector, span: HeightSpan, work: Work, turns: int | None = None) -> Descent:
    """Return the lowest positions that searches begun by `starts` find in `turns` and the work allowed."""
    best: Vector | None = None
    under_way: dict[tuple[int, int], Search] = {}
    left = count() if turns is None else iter(range(turns))
    lowest, height, goal = span.lowest, span.height, span.goal
    while lowest < height and height > goal and not work.is_over():
        limits = [max(lowest, goal)] if goal else sorted({lowest, (lowest + height - 1) // 2})
        ended = _race(starts, limits, under_way, work, left)
        if ended is None:
            break
        limit, answer = ended
        if answer is None:
            lowest = limit + 1
            continue
        best, height = answer, int((answer + sizes).max())
    return Descent(best, min(lowest, height))


def _race(
    starts: Sequence[Start],
    limits: Sequence[int],
    under_way: dict[tuple[int, int], Search],
    work: Work,
    left: Iterator[int],
) -> tuple[int, Vector | None] | None:
    """Return the limit whose search ends first, with its answer; None when turns or work are used up."""
    for limit, number in _turns(limits, len(starts), work, left):
        running = under_way.get((limit, number)) or starts[number](limit)
        under_way[limit, number] = running
        try:
            next(running)
        except StopIteration as ended:
            del under_way[limit, number]
            answer = ended.value
            return limit, None if answer is None else np.asarray(answer, dtype=np.int64)
    return None


def _turns(limits: Sequence[int], starts: int, work: Work, left: Iterator[int]) -> Iterator[tuple[int, int]]:
    for runner in cycle([(limit, number) for limit in limits for number in range(starts)]):
        if not work.spend(_STEPS_PER_TURN) or next(left, None) is None:
            return
        yield runner
