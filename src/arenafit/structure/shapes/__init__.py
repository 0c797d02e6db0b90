"""Shapes re-inferred after a change: one rule per family of operators (`ops.Family`), found by walking."""

from functools import cache

from arenafit.ops import Family, by_family
from arenafit.registry import discover
from arenafit.structure.shapes.rule import Rule


@cache
def rules() -> dict[str, Rule]:
    """Return the rule of each operator by its schema name."""
    found: dict[Family, Rule] = {}
    for families in discover("arenafit.structure.shapes", "RULES", _accept):
        found.update(families)
    return by_family(found)


def _accept(value: object) -> dict[Family, Rule]:
    if not isinstance(value, dict) or not all(isinstance(rule, Rule) for rule in value.values()):
        raise TypeError(f"{value!r} is no table of shape rules")
    return value
