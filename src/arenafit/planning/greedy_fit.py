"""Placing items one by one in a given order, and the orders that are known to work well."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from arenafit.planning.instance import Instance

Fit = Callable[[Instance, Sequence[int]], list[int]]
Order = Callable[[Instance], list[int]]


def first_fit(instance: Instance, order: Sequence[int]) -> list[int]:
    """Return positions: fixed items where they are, the others in `order`, each as low as it can be."""
    positions: list[int | None] = list(instance.fixed)
    for item in order:
        if positions[item] is None:
            positions[item] = lowest(instance, positions, item)
    return [position or 0 for position in positions]


def best_fit(instance: Instance, order: Sequence[int]) -> list[int]:
    """Return positions as `first_fit` does, but each item goes where it leaves the least room to grow upwards.

    Only below the height reached so far; where nothing is free there, as low as it can be.
    """
    positions: list[int | None] = list(instance.fixed)
    height = max((instance.fixed[item] or 0) + instance.sizes[item] for item in instance.floor) if instance.floor else 0
    for item in order:
        if positions[item] is None:
            top = height - instance.sizes[item]
            holes = [(high - low, low) for low, high in free_ranges(instance, positions, item, top)]
            positions[item] = min(holes)[1] if holes else lowest(instance, positions, item)
        height = max(height, (positions[item] or 0) + instance.sizes[item])
    return [position or 0 for position in positions]


def lowest(instance: Instance, positions: Sequence[int | None], item: int) -> int:
    """Return the lowest position at which `item` is in nobody's way."""
    blocked: list[tuple[int, int]] = []
    for rival, ranges in instance.rivals[item].items():
        at = positions[rival]
        if at is not None:
            blocked.extend((at + low, at + high) for low, high in ranges)
    blocked.sort()
    position = 0
    for low, high in blocked:
        if low > position:
            break
        if high >= position:
            position = high + 1
    return position


def free_ranges(instance: Instance, positions: Sequence[int | None], item: int, top: int) -> Iterator[tuple[int, int]]:
    """Yield the closed ranges of positions from 0 to `top` at which `item` is in nobody's way, upwards."""
    blocked: list[tuple[int, int]] = []
    for rival, ranges in instance.rivals[item].items():
        at = positions[rival]
        if at is not None:
            blocked.extend((at + low, at + high) for low, high in ranges)
    position = 0
    for low, high in sorted(blocked):
        if position > top:
            return
        if low > position:
            yield position, min(low - 1, top)
        position = max(position, high + 1)
    if position <= top:
        yield position, top


def by_size(instance: Instance) -> list[int]:
    """Largest first; of equal ones the longer life."""
    return _ranked(instance, lambda item: (-instance.sizes[item], -instance.areas[item]))


def by_area(instance: Instance) -> list[int]:
    """Largest size times lifetime first."""
    return _ranked(instance, lambda item: (-instance.areas[item], -instance.sizes[item]))


def by_lifetime(instance: Instance) -> list[int]:
    """Longest lived first."""
    return _ranked(instance, lambda item: (instance.lives[item][0] - instance.lives[item][1], -instance.sizes[item]))


def by_conflict(instance: Instance) -> list[int]:
    """Those with the most bytes of rivals first."""
    weights = [
        instance.sizes[item] + sum(instance.sizes[rival] for rival in rivals)
        for item, rivals in enumerate(instance.rivals)
    ]
    return _ranked(instance, lambda item: (-weights[item], -instance.sizes[item]))


def by_start(instance: Instance) -> list[int]:
    """In the order of time, larger ones first."""
    return _ranked(instance, lambda item: (instance.lives[item][0], -instance.sizes[item]))


def by_breadth(instance: Instance) -> list[int]:
    """The items of the most crowded step first, largest first, then those of the next step.

    The order of "Greedy by Breadth" in Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference".
    """
    solid = [item for item, size in enumerate(instance.sizes) if size]
    steps = {
        step: [item for item in solid if instance.lives[item][0] <= step < instance.lives[item][1]]
        for step in {instance.lives[item][0] for item in solid}
    }
    crowded = sorted(steps, key=lambda step: (-sum(instance.sizes[item] for item in steps[step]), step))
    everything = chain(
        *(sorted(steps[step], key=lambda item: (-instance.sizes[item], item)) for step in crowded), by_size(instance)
    )
    return list(dict.fromkeys(everything))


def _ranked(instance: Instance, key: Callable[[int], tuple[int, int]]) -> list[int]:
    return sorted(range(len(instance.sizes)), key=lambda item: (key(item), item))


ORDERS: tuple[Order, ...] = (by_size, by_breadth, by_area, by_conflict, by_lifetime, by_start)
