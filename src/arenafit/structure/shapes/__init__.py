"""Shapes re-inferred after a change: one rule per family of operators, found by walking this directory."""

from functools import cache

from arenafit.registry import discover
from arenafit.structure.shapes.rule import Rule


@cache
def rules() -> dict[str, Rule]:
    """Return the rule of each operator by its schema name."""
    found: dict[str, Rule] = {}
    for family in discover("arenafit.structure.shapes", "RULES", _accept):
        found.update(family)
    return found


def _accept(value: object) -> dict[str, Rule]:
    if not isinstance(value, dict) or not all(isinstance(rule, Rule) for rule in value.values()):
        raise TypeError(f"{value!r} is no table of shape rules")
    return value
