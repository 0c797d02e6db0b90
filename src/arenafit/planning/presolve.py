"""Leaving out items that always find a place, so that an exact search has fewer to look at."""

from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.planning.greedy_fit import lowest
from arenafit.planning.instance import Instance


@dataclass(frozen=True, slots=True)
class Reduced:
    """The instance of the items that matter, and the others in the order in which they were left out."""

    core: Instance
    kept: tuple[int, ...]
    left_out: tuple[int, ...]


def reduce(instance: Instance, height: int) -> Reduced:
    """Leave out items that fit within `height` wherever all the others are.

    An item is one of these if its rivals that are not left out forbid fewer positions than there are.
    """
    forbidden = [
        {rival: sum(high - low + 1 for low, high in ranges) for rival, ranges in rivals.items()}
        for rivals in instance.rivals
    ]
    left_out: list[int] = []
    waiting = [item for item, position in enumerate(instance.fixed) if position is None]
    while waiting:
        item = waiting.pop()
        if sum(forbidden[item].values()) > height - instance.sizes[item]:
            continue
        left_out.append(item)
        for rival in forbidden[item]:
            del forbidden[rival][item]
            if instance.fixed[rival] is None and rival not in left_out and rival not in waiting:
                waiting.append(rival)
        forbidden[item] = {}
    gone = set(left_out)
    kept = tuple(item for item in range(len(instance.sizes)) if item not in gone)
    return Reduced(_core(instance, kept), kept, tuple(left_out))


def _core(instance: Instance, kept: Sequence[int]) -> Instance:
    number = {item: index for index, item in enumerate(kept)}
    return Instance(
        unit_bytes=instance.unit_bytes,
        sizes=tuple(instance.sizes[item] for item in kept),
        lives=tuple(instance.lives[item] for item in kept),
        fixed=tuple(instance.fixed[item] for item in kept),
        rivals=tuple(
            {number[rival]: ranges for rival, ranges in instance.rivals[item].items() if rival in number}
            for item in kept
        ),
        members=tuple(instance.members[item] for item in kept),
    )


def restored(instance: Instance, reduced: Reduced, positions: Sequence[int]) -> list[int]:
    """Return positions of all items when those that matter stand at `positions`."""
    placed: list[int | None] = [None] * len(instance.sizes)
    for item, position in zip(reduced.kept, positions, strict=True):
        placed[item] = position
    for item in reversed(reduced.left_out):
        placed[item] = lowest(instance, placed, item)
    return [position or 0 for position in placed]
