"""The operators a model may have to be differentiated, by family (`ops.Family`), found by walking this directory."""

from functools import cache

from arenafit import ops
from arenafit.learn.operators.elementwise import WITHOUT_KERNEL
from arenafit.learn.protocol import ForwardBackward, Maker
from arenafit.ops import Family
from arenafit.registry import discover


@cache
def operators() -> dict[str, ForwardBackward]:
    """Return each operator by its schema name."""
    makers: dict[Family, Maker] = {}
    for families in discover("arenafit.learn.operators", "RULES", _accept):
        makers.update(families)
    made = {name: maker(ops.operators()[False, name]) for name, maker in ops.by_family(makers).items()}
    return {**WITHOUT_KERNEL, **{name: rule for name, rule in made.items() if rule is not None}}


def _accept(value: object) -> dict[Family, Maker]:
    if not isinstance(value, dict) or not all(isinstance(key, Family) and callable(value[key]) for key in value):
        raise TypeError(f"{value!r} is no table of operators")
    return value
