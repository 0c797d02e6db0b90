"""Combinations made of others: drawn near the defaults, changed in a few parameters, crossed."""

import numpy as np

from arenafit.sweep.space import IO, RECIPE, Parameter, Params, Space, Value

# Of structural parameters so many keep their default in a combination that is drawn.
_KEPT = 0.75
_MOST_CHANGED = 3
# Every so many children of two parents one is of both; the others are one parent, changed.
_CROSSED = 0.3

Random = np.random.Generator


def drawn(space: Space, random: Random) -> Params:
    """Return a combination of which most structural parameters have their default, precision and ports have."""
    params = space.defaults
    for item in space.parameters:
        if item.count == 1 or item.name in (RECIPE, IO) or (item.choices and random.random() < _KEPT):
            continue
        params[item.name] = _any_value(item, random)
    return params


def child(space: Space, parents: list[Params], random: Random) -> Params:
    """Return a combination like one of `parents`, some parameters changed, or like two of them."""
    one = dict(parents[int(random.integers(len(parents)))])
    if len(parents) > 1 and random.random() < _CROSSED:
        other = parents[int(random.integers(len(parents)))]
        one = {name: other[name] if random.random() < 0.5 else value for name, value in one.items()}
    free = [item for item in space.parameters if item.count > 1]
    if not free:
        return one
    count = min(len(free), 1 + int(random.integers(_MOST_CHANGED)))
    for place in random.choice(len(free), count, replace=False):
        item = free[int(place)]
        one[item.name] = _another(item, one[item.name], random)
    return one


def _any_value(item: Parameter, random: Random) -> Value:
    place = int(random.integers(0, item.count))
    return item.choices[place] if item.choices else item.low + place * item.step


def _another(item: Parameter, value: Value, random: Random) -> Value:
    """Return another value: of numbers a neighbour as often as any."""
    if item.choices:
        others = [choice for choice in item.choices if choice != value]
        return others[int(random.integers(len(others)))]
    near = [int(value) + step for step in (-item.step, item.step) if item.low <= int(value) + step <= item.high]
    if random.random() < 0.5:
        return near[int(random.integers(len(near)))]
    return _any_value(item, random)
