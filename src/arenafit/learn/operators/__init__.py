"""The operators a model may have to be differentiated, by family, found by walking this directory."""

from functools import cache

from arenafit.learn.protocol import Operator
from arenafit.registry import discover


@cache
def operators() -> dict[str, Operator]:
    """Return each operator by its schema name."""
    found: dict[str, Operator] = {}
    for family in discover("arenafit.learn.operators", "OPERATORS", _accept):
        found.update(family)
    return found


def _accept(value: object) -> dict[str, Operator]:
    if not isinstance(value, dict) or not all(isinstance(item, Operator) for item in value.values()):
        raise TypeError(f"{value!r} is no table of operators")
    return value
