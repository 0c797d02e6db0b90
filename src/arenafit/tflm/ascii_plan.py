"""TFLM's own picture of its memory plan: a list of buffers, then a line of 80 columns per allocation scope.

Mirrors GreedyMemoryPlanner::PrintMemoryPlan of tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc (commit
90b983c2 of 2026-08-20), which TFLM prints when it is built with TF_LITE_SHOW_MEMORY_USE.
"""

from collections import defaultdict
from string import ascii_lowercase, ascii_uppercase, digits

from arenafit.tflm.footprints import Footprint
from arenafit.tflm.head_problem import PlannedBuffer

_WIDTH = 80
_ORDINALS = digits + ascii_lowercase + ascii_uppercase


def ascii_plan(footprint: Footprint) -> str:
    """Return the listing and the map: ``.`` is free, ``!`` is shared, ``*`` is a buffer of one scope.

    Of models with tens of thousands of scopes only those are drawn in which a buffer may begin or end.
    """
    plan = footprint.plan
    lines = [_described(index, placed) for index, placed in enumerate(plan)]
    height = max([_WIDTH, *(placed.end_bytes for placed in plan)])
    lines += _map(footprint, height)
    return "\n".join(lines) + "\n"


def side_by_side(before: Footprint, after: Footprint) -> str:
    """Return the maps of two plans beside each other, drawn to one scale, without the listings.

    Scopes are allocation scopes of TFLM; where the order of operators differs, so does what a line shows.
    """
    height = max([_WIDTH, *(placed.end_bytes for shown in (before, after) for placed in shown.plan)])
    columns = [_map(shown, height) for shown in (before, after)]
    rows = max(len(column) for column in columns)
    padded = [[*column, *[""] * (rows - len(column))] for column in columns]
    width = max([len(line) for line in padded[0]], default=0)
    return "\n".join(f"{left:<{width}}  {right}".rstrip() for left, right in zip(*padded, strict=True)) + "\n"


def _map(footprint: Footprint, height: int) -> list[str]:
    last = max([0, *(placed.buffer.live.end - 1 for placed in footprint.plan)])
    changes: defaultdict[int, list[tuple[int, int, PlannedBuffer]]] = defaultdict(list)
    for index, placed in enumerate(footprint.plan):
        changes[max(0, placed.buffer.live.first)].append((1, index, placed))
        changes[placed.buffer.live.end].append((-1, index, placed))
    # Of each column how many buffers lie in it, and the sum of their numbers: the number, where it is one.
    counts, numbers, live_bytes, lines = [0] * _WIDTH, [0] * _WIDTH, 0, []
    for scope in footprint.lifetimes.told:
        if not 0 <= scope <= last:
            continue
        for by, index, placed in changes[scope]:
            live_bytes += by * (placed.end_bytes - placed.offset_bytes)
            for column in range(placed.offset_bytes * _WIDTH // height, placed.end_bytes * _WIDTH // height):
                counts[column] += by
                numbers[column] += by * index
        drawn = "".join(
            _symbol(number, footprint.plan[number]) if count == 1 else "!" if count else "."
            for count, number in zip(counts, numbers, strict=True)
        )
        lines.append(f"{scope:4d}: {drawn} ({(live_bytes + 1023) // 1024}k)")
    return lines


def _symbol(index: int, placed: PlannedBuffer) -> str:
    live = placed.buffer.live
    return "*" if live.end - live.first == 1 else _ORDINALS[index % len(_ORDINALS)]


def _described(index: int, placed: PlannedBuffer) -> str:
    live = placed.buffer.live
    size_bytes = placed.end_bytes - placed.offset_bytes
    return (
        f"{_symbol(index, placed)} (id={index}): size={size_bytes}, offset={placed.offset_bytes}, "
        f"first_used={live.first} last_used={live.end - 1}"
    )
