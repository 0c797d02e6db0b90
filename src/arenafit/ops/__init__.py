"""What each operator computes: one file per operator, found by walking this directory.

Third parties add an operator by an entry point of the group ``arenafit.ops`` that names an `Operator`.
"""

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from arenafit import registry
from arenafit.ir import Graph, Op, OpCode
from arenafit.ops.facts import Family
from arenafit.ops.protocol import Operands, Operator, Shape, ShapeError, sizes_agree

ENTRY_POINT_GROUP = "arenafit.ops"

__all__ = [
    "ENTRY_POINT_GROUP",
    "Family",
    "Operands",
    "Operator",
    "Shape",
    "ShapeError",
    "by_family",
    "family_of",
    "find",
    "is_elementwise",
    "is_well_formed",
    "operators",
    "resolver_method",
    "shapes_agree",
]


# Beside the shapes of its outputs, what the rooms that go by a family ask of each member.
_ASKED_OF_MEMBERS: Mapping[Family, tuple[str, ...]] = {
    Family.UNARY: ("rows_form", "cut_follower", "axes"),
    Family.BINARY: ("pair", "rows_form", "cut_follower", "axes"),
    Family.REDUCTION: ("summary",),
    Family.CONVOLUTION: ("options_kind", "taps", "magnitude"),
    Family.DEPTHWISE: ("options_kind", "taps", "magnitude"),
    Family.DENSE: ("magnitude",),
}


def _accept(found: object) -> Operator:
    if not isinstance(found, Operator):
        raise TypeError(f"an operator must be an arenafit Operator, not {type(found).__name__}")
    if found.family is not None:
        asked = ("output_shapes", *_ASKED_OF_MEMBERS.get(found.family, ()))
        missing = [name for name in asked if getattr(found, name) is None]
        if missing:
            raise TypeError(f"operator {found.name} of the family {found.family.name} does not state {missing[0]}")
    return found


@cache
def operators() -> Mapping[tuple[bool, str], Operator]:
    """Return all operators by (is custom, name)."""
    found = registry.discover("arenafit.ops", "OPERATOR", _accept, ENTRY_POINT_GROUP)
    return {(operator.custom, operator.name): operator for operator in found}


def find(code: OpCode) -> Operator | None:
    """Return what is known of an operator code; None if there is no file for it."""
    return operators().get((code.name == "CUSTOM", code.label))


T = TypeVar("T")


def by_family(rules: Mapping[Family, T]) -> dict[str, T]:
    """Return by schema name the rule of each operator whose family has one."""
    return {
        operator.name: rules[operator.family]
        for (custom, _), operator in operators().items()
        if not custom and operator.family is not None and operator.family in rules
    }


def family_of(op: Op) -> Family | None:
    """Return the family of an operator; None if it has none, or no file."""
    found = find(op.code)
    return None if found is None else found.family


def is_elementwise(op: Op) -> bool:
    """Return whether each element of the output of `op` depends on one element of each operand."""
    found = find(op.code)
    return found is not None and found.elementwise is not None


def shapes_agree(graph: Graph) -> bool:
    """Return whether each operator's outputs have the shapes that follow from its operands, as far as that is known."""
    if any(extent < 0 for tensor in graph.tensors for extent in tensor.shape):
        return False
    return all(is_well_formed(op) and _outputs_agree(Operands(op, graph)) for op in graph.ops)


def _outputs_agree(operands: Operands) -> bool:
    operator = find(operands.op.code)
    if operator is None or operator.output_shapes is None:
        return True
    try:
        found = operator.output_shapes(operands)
    except (ShapeError, ArithmeticError, LookupError, TypeError, ValueError):
        return False
    if found is None:
        return True
    stored = [operands.graph.tensor(output).shape for output in operands.op.outputs]
    pairs = zip(found, stored, strict=False)
    return len(found) == len(stored) and all(
        inferred is None or (sizes_agree(shape, inferred) if operator.any_view else tuple(inferred) == shape)
        for inferred, shape in pairs
    )


def resolver_method(code: OpCode) -> str | None:
    """Return the method of MicroMutableOpResolver that registers the operator; None if it has none of its own."""
    found = find(code)
    return None if found is None else found.resolver


def is_well_formed(op: Op) -> bool:
    """Return whether `op` has as many operands as it needs at least, and options of its own kind.

    TFLM refuses it otherwise; rewrites leave it alone.
    """
    found = find(op.code)
    least, kind = (1, None) if found is None else (found.least_operands, found.options_kind)
    return len(op.inputs) >= least and (kind is None or (op.options is not None and op.options.kind == kind))
