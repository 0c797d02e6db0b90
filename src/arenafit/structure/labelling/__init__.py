"""Which elements of which tensors belong together: labels, by a rule per family of operators (`ops.Family`)."""

from functools import cache

from arenafit.ops import Family, by_family
from arenafit.registry import discover
from arenafit.structure.labelling.rule import Labelled


@cache
def rules() -> dict[str, Labelled]:
    """Return the rule of each operator by its schema name; operators without one freeze what they touch."""
    found: dict[Family, Labelled] = {}
    for families in discover("arenafit.structure.labelling", "RULES", _accept):
        found.update(families)
    return by_family(found)


def _accept(value: object) -> dict[Family, Labelled]:
    if not isinstance(value, dict) or not all(isinstance(rule, Labelled) for rule in value.values()):
        raise TypeError(f"{value!r} is no table of label rules")
    return value
