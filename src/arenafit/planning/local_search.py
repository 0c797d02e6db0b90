"""Local search over orders: what did not fit below the best height is tried earlier, until the target is reached."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from arenafit.planning.greedy_fit import first_fit, lowest
from arenafit.planning.instance import Instance
from arenafit.planning.work import Work

# Rounds without progress after which a worse order is taken, to get out of a dead end.
_PATIENCE = 40


@dataclass(slots=True)
class SearchEffort:
    """How long to search: until `target` units of height are reached, or the work allowed is done."""

    target: int
    work: Work


def climb(instance: Instance, order: Sequence[int], effort: SearchEffort, rng: random.Random) -> list[int]:
    """Return the lowest positions found by moving items that do not fit to an earlier place in `order`."""
    best, order = first_fit(instance, order), list(order)
    while instance.height(best) > effort.target:
        found = _below(instance, order, instance.height(best) - 1, effort, rng)
        if found is None:
            return best
        best, order = found
    return best


def _below(
    instance: Instance, order: list[int], limit: int, effort: SearchEffort, rng: random.Random
) -> tuple[list[int], list[int]] | None:
    """Return positions within `limit` with the order that gave them, or None when the effort is used up."""
    kept, left_out, cost, stale = order, list[int](), None, 0
    while effort.work.spend(instance.work):
        tried = _moved(kept, left_out, rng) if left_out else kept
        positions, failed = fit_below(instance, tried, limit)
        if not failed:
            return positions, tried
        tried_cost = sum(instance.areas[item] for item in failed)
        stale = 0 if cost is None or tried_cost < cost else stale + 1
        if cost is None or tried_cost <= cost or stale > _PATIENCE:
            kept, left_out, cost = tried, failed, tried_cost
            stale = 0 if stale > _PATIENCE else stale
    return None


def _moved(order: Sequence[int], failed: Sequence[int], rng: random.Random) -> list[int]:
    """Return `order` with every failed item somewhere earlier, and now and then another one somewhere else."""
    moved = list(order)
    for item in failed:
        index = moved.index(item)
        moved.insert(rng.randrange(index + 1), moved.pop(index))
    if rng.random() < 0.5:
        item = moved.pop(rng.randrange(len(moved)))
        moved.insert(rng.randrange(len(moved) + 1), item)
    return moved


def fit_below(instance: Instance, order: Sequence[int], limit: int) -> tuple[list[int], list[int]]:
    """Return positions as `first_fit` does, and the items it leaves out (at 0) as they would end above `limit`."""
    positions: list[int | None] = list(instance.fixed)
    failed: list[int] = []
    for item in order:
        if positions[item] is not None:
            continue
        position = lowest(instance, positions, item)
        if position + instance.sizes[item] > limit:
            failed.append(item)
            continue
        positions[item] = position
    return [position or 0 for position in positions], failed
