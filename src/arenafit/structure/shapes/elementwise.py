"""Operators that compute element by element: the operands broadcast, constants cut or repeated where they must."""

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Op
from arenafit.ops import Family
from arenafit.structure.shapes.rule import Rule, Shape, Sizing


def _same(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    return (sizing.shape(op, 0),)


def _broadcast(sizing: Sizing, op: Op) -> tuple[Shape, ...]:
    shapes = [sizing.shape(op, place) for place in (0, 1)]
    places = [place for place in (0, 1) if sizing.is_constant(sizing.needed(op, place))]
    if len(places) == 1:
        (place,) = places
        mine, other = shapes[place], shapes[1 - place]
        wanted = _suited(mine, other)
        if wanted != mine:
            sizing.resize_constant(op, place, wanted)
            shapes[place] = wanted
    return (joint(op, shapes[0], shapes[1]),)


def _suited(constant: Shape, other: Shape) -> Shape:
    tail = other[len(other) - len(constant) :] if len(constant) <= len(other) else (1,) * len(constant)
    return tuple(mine if mine == 1 or theirs == 1 else theirs for mine, theirs in zip(constant, tail, strict=True))


def joint(op: Op, first: Shape, second: Shape) -> Shape:
    """Return the shape two operands broadcast to."""
    rank = max(len(first), len(second))
    found = []
    pairs = zip((1,) * (rank - len(first)) + first, (1,) * (rank - len(second)) + second, strict=True)
    for one, other in pairs:
        if one != other and 1 not in (one, other):
            raise UnsupportedModelError(
                f"{op.code.label} (operator {op.id}): its operands would be {first} and {second}, which do not go"
                " together"
            )
        found.append(other if one == 1 else one)
    return tuple(found)


RULES = {
    **dict.fromkeys((Family.UNARY, Family.DISCRETE_UNARY, Family.LAST_AXIS), Rule(_same)),
    **dict.fromkeys((Family.BINARY, Family.DISCRETE_BINARY), Rule(_broadcast)),
}
