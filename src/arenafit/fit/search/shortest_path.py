"""Choosing segments: for every height of the head, the least tail that gets every operator below it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from arenafit.fit.search.tilings import Tiling
from arenafit.records import record

_HEIGHTS = 160

# Cost so far, where the last edge began, and the option it streams (None: one operator as it stands).
_Entry = tuple[float, int, Tiling | None]


@record(frozen=True)
class Selection:
    """Segments to stream together, with the estimated head and added cost."""

    options: tuple[Tiling, ...]
    head_bytes: int
    cost: float


def select(profile: Sequence[int], choices: Sequence[tuple[Tiling, float]]) -> Iterator[Selection]:
    """Yield, best estimate first, the cheapest non-overlapping segments for each height of the head.

    Args:
        profile: bytes live at each operator of the main schedule when it is not streamed.
        choices: options with their cost in bytes (tail, and time as the caller weighs it).
    """
    found: dict[tuple[tuple[object, ...], ...], Selection] = {}
    ending = _edges(choices)
    for height in _heights(profile, choices):
        selection = _cheapest(profile, ending, height)
        if selection is None:
            break  # lower heights cannot be had either
        key = tuple((option.first, option.end, option.rows) for option in selection.options)
        known = found.get(key)
        if known is None or selection.head_bytes < known.head_bytes:
            found[key] = selection
    yield from sorted(found.values(), key=lambda item: item.head_bytes + item.cost)


def _heights(profile: Sequence[int], choices: Sequence[tuple[Tiling, float]]) -> list[int]:
    top = max(profile, default=0)
    values = sorted({*profile, *(option.live_bytes for option, _ in choices if option.live_bytes <= top)}, reverse=True)
    if len(values) <= _HEIGHTS:
        return values
    step = len(values) / _HEIGHTS
    return [values[int(index * step)] for index in range(_HEIGHTS)] + [values[-1]]


@record(frozen=True)
class _Edge:
    """All ways to stream one run of operators: those that nothing beats, from the fewest bytes and the highest cost."""

    first: int
    lives: list[int]
    ways: list[tuple[float, Tiling]]


def _edges(choices: Sequence[tuple[Tiling, float]]) -> dict[int, list[_Edge]]:
    """Return the edges by the position at which they end."""
    by_run: dict[tuple[int, int], _Edge] = {}
    for option, cost in sorted(choices, key=lambda choice: (choice[0].live_bytes, choice[1])):
        edge = by_run.setdefault((option.first, option.end), _Edge(option.first, [], []))
        if not edge.ways or cost < edge.ways[-1][0]:
            edge.lives.append(option.live_bytes)
            edge.ways.append((cost, option))
    ending: dict[int, list[_Edge]] = {}
    for (_, end), edge in by_run.items():
        ending.setdefault(end, []).append(edge)
    return ending


def _cheapest(profile: Sequence[int], ending: dict[int, list[_Edge]], height: int) -> Selection | None:
    """Shortest path over the schedule: an edge per operator or run of operators that stays within `height`."""
    best: list[_Entry | None] = [(0.0, 0, None)]
    for position in range(1, len(profile) + 1):
        before = best[position - 1]
        found: _Entry | None = (
            None if before is None or profile[position - 1] > height else (before[0], position - 1, None)
        )
        for edge in ending.get(position, ()):
            start, within = best[edge.first], bisect_right(edge.lives, height)
            if start is None or not within:
                continue
            cost, option = edge.ways[within - 1]
            if found is None or start[0] + cost < found[0]:
                found = (start[0] + cost, edge.first, option)
        best.append(found)
    return _walked_back(profile, best)


def _walked_back(profile: Sequence[int], best: Sequence[_Entry | None]) -> Selection | None:
    last = best[-1]
    if last is None:
        return None
    chosen: list[Tiling] = []
    position, live = len(profile), 0
    while position:
        entry = best[position]
        if entry is None:
            return None
        _, began, option_here = entry
        if option_here is not None:
            chosen.append(option_here)
            live = max(live, option_here.live_bytes)
        else:
            live = max(live, profile[position - 1])
        position = began
    return Selection(tuple(reversed(chosen)), live, last[0])
