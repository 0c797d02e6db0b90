"""What each operator computes: one file per operator, found by walking this directory.

Third parties add an operator by an entry point of the group ``arenafit.ops`` that names an `Operator`.
"""

from collections.abc import Mapping
from functools import cache

from arenafit import registry
from arenafit.ir import OpCode
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError

ENTRY_POINT_GROUP = "arenafit.ops"

__all__ = ["ENTRY_POINT_GROUP", "Operands", "Operator", "Shape", "ShapeError", "find", "operators"]


def _accept(found: object) -> Operator:
    if not isinstance(found, Operator):
        raise TypeError(f"an operator must be an arenafit Operator, not {type(found).__name__}")
    return found


@cache
def operators() -> Mapping[tuple[bool, str], Operator]:
    """Return all operators by (is custom, name)."""
    found = registry.discover("arenafit.ops", "OPERATOR", _accept, ENTRY_POINT_GROUP)
    return {(operator.custom, operator.name): operator for operator in found}


def find(code: OpCode) -> Operator | None:
    """Return what is known of an operator code; None if there is no file for it."""
    return operators().get((code.name == "CUSTOM", code.label))
