"""Choosing segments: for every height of the head, the least tail that gets every operator below it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arenafit.fit.search.tilings import Tiling

_HEIGHTS = 160

# Cost so far, where the last edge began, and the option it streams (None: one operator as it stands).
_Entry = tuple[float, int, Tiling | None]


@dataclass(frozen=True, slots=True)
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
    for height in _heights(profile, choices):
        selection = _cheapest(profile, choices, height)
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


def _cheapest(profile: Sequence[int], choices: Sequence[tuple[Tiling, float]], height: int) -> Selection | None:
    """Shortest path over the schedule: an edge per operator or option that stays within `height`."""
    ending: dict[int, list[tuple[Tiling, float]]] = {}
    for option, cost in choices:
        if option.live_bytes <= height:
            ending.setdefault(option.end, []).append((option, cost))
    best: list[_Entry | None] = [(0.0, 0, None)]
    for position in range(1, len(profile) + 1):
        candidates: list[_Entry] = []
        before = best[position - 1]
        if before is not None and profile[position - 1] <= height:
            candidates.append((before[0], position - 1, None))
        for option, cost in ending.get(position, ()):
            start = best[option.first]
            if start is not None:
                candidates.append((start[0] + cost, option.first, option))
        best.append(min(candidates, key=lambda item: item[0]) if candidates else None)
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
