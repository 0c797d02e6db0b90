"""Joining items that may overlap into one item: the way a searching planner takes up what a `Share` permits."""

from collections.abc import Iterator, Mapping, Sequence

from arenafit.planning.instance import Instance, Member, joined

Saving = tuple[int, int, int, int]  # units saved, item, other, position(other) - position(item)


def savings(instance: Instance) -> list[Saving]:
    """Return what joining two items can save: (units, item, other, position(other) - position(item)), most first.

    The distance is the permitted one at which the two overlap most.
    """
    found: list[Saving] = []
    for item, rivals in enumerate(instance.rivals):
        for other, ranges in rivals.items():
            if item < other:
                found.extend(_overlaps(instance, item, other, ranges))
    # Rivals that may overlap anyhow do not appear above: they have no forbidden distance and need no joining.
    return sorted(found, key=lambda saving: (-saving[0], saving[1:]))


def _overlaps(instance: Instance, item: int, other: int, ranges: Sequence[tuple[int, int]]) -> Iterator[Saving]:
    """Yield the edges of the permitted distances between `ranges` and the two ends of the overlap."""
    one, two = instance.sizes[item], instance.sizes[other]
    edges = {0, one - two}
    for low, high in ranges:
        edges.update((1 - low, -high - 1))
    for distance in sorted(edges):
        if any(low <= -distance <= high for low, high in ranges):
            continue
        overlap = min(one, distance + two) - max(0, distance)
        if overlap > 0:
            yield overlap, item, other, distance


def join(instance: Instance, chosen: Sequence[Saving]) -> Instance:
    """Return the instance with the `chosen` savings made one after another, except those in an earlier one's way."""
    group_of: dict[int, list[Member]] = {item: [(item, 0)] for item in range(len(instance.sizes))}
    held = {item: position for item, position in enumerate(instance.fixed) if position is not None}
    for _, item, other, distance in chosen:
        one, two = group_of[item], group_of[other]
        if one is two:
            continue
        shift = dict(one)[item] + distance - dict(two)[other]
        moved = [(member, inner + shift) for member, inner in two]
        if not _compatible(instance, one, moved) or (_places(one, held) and _places(two, held)):
            continue
        merged = one + moved
        lowest_inner = min(inner for _, inner in merged)
        merged = [(member, inner - lowest_inner) for member, inner in merged]
        places = _places(merged, held)
        if any(not _is_free(instance, member, position, held) for member, position in places.items()):
            continue
        held.update(places)
        group_of.update((member, merged) for member, _ in merged)
    groups = {id(group): group for group in group_of.values()}
    return joined(instance, groups.values())


def _compatible(instance: Instance, one: Sequence[Member], two: Sequence[Member]) -> bool:
    for item, inner in one:
        rivals = instance.rivals[item]
        for other, other_inner in two:
            distance = inner - other_inner
            if any(low <= distance <= high for low, high in rivals.get(other, ())):
                return False
    return True


def _places(group: Sequence[Member], held: Mapping[int, int]) -> dict[int, int]:
    """Return where a held member puts all members of its group; nothing where none is held."""
    for member, inner in group:
        if member in held:
            return {other: held[member] - inner + other_inner for other, other_inner in group}
    return {}


def _is_free(instance: Instance, item: int, position: int, held: Mapping[int, int]) -> bool:
    """Whether `item` at `position` is not below 0 and in the way of nothing that is held."""
    return position >= 0 and not any(
        low <= position - held[rival] <= high
        for rival, ranges in instance.rivals[item].items()
        if rival in held
        for low, high in ranges
    )
