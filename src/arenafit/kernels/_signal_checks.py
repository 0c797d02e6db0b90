"""What TFLM's signal kernels demand: how many tensors of which type and rank, and sizes that fit the options.

Mirrors the checks in Prepare of signal/micro/kernels of tflite-micro (commit 90b983c2 of 2026-08-20). What Eval takes
for granted is asked as well: it reads and writes as much as the options say, however long the tensors are.
"""

from collections.abc import Callable, Mapping
from math import prod

from arenafit.ir import Tensor
from arenafit.kernels._flexbuffers import Scalar, options_of
from arenafit.kernels.conditions import Demand, Violation, inputs, outputs, typed
from arenafit.ops import Operands

_DAMAGED = "the file is damaged: convert it again"
_TYPE_NAMES = {0: "f32", 2: "i32", 7: "i16"}  # numbers of the schema's TensorType
Sizes = Callable[["Fit"], bool]


class Fit:
    """One use of a signal operator: sizes of its tensors, and its options."""

    def __init__(self, operands: Operands, options: Mapping[str, Scalar]) -> None:
        self._operands = operands
        self._options = options

    def option(self, name: str) -> int:
        """Return a number among the options; 0 where it is missing, as TFLM reads it."""
        return int(self._options.get(name) or 0)

    def elements(self, index: int) -> int:
        """Return how many elements an operand has."""
        return prod(self._operands.needed_input(index).shape)

    def made(self, index: int = 0) -> int:
        """Return how many elements an output has."""
        return prod(self._operands.needed_output(index).shape)

    def last(self) -> int:
        """Return the last axis of the first operand."""
        return self._operands.shape(0)[-1]

    def last_made(self) -> int:
        """Return the last axis of the first output."""
        return self._operands.needed_output().shape[-1]


def form(row: str) -> tuple[Demand, ...]:
    """The tensors are those of the row, such as ``u64:1 i32:0 > u32:1``: type and rank; ``+`` is any rank from 1 on."""
    left, right = (side.split() for side in row.split(">"))
    types = [[word.partition(":")[0] for word in side] for side in (left, right)]
    ranks = [word.partition(":")[2] for word in (*left, *right)]

    def ranked(operands: Operands) -> Violation | None:
        tensors = [operands.input(index) for index in range(len(left))]
        tensors += [operands.output(index) for index in range(len(right))]
        return next((found for found in map(_rank, ranks, tensors) if found is not None), None)

    return inputs(len(left)), outputs(len(right)), typed(" ".join(types[0]) + " > " + " ".join(types[1])), ranked


def _rank(wanted: str, item: Tensor | None) -> Violation | None:
    found = None if item is None else len(item.shape)
    if item is None or found is None or (found >= 1 if wanted == "+" else found == int(wanted)):
        return None
    clause = f"its kernel takes rank {'1 or more' if wanted == '+' else wanted} here, this has {found}"
    return Violation("rank", clause, "reshape around the operator", item.name)


def more_axes(count: int) -> Demand:
    """The first output has so many axes more than the first operand."""

    def condition(operands: Operands) -> Violation | None:
        source, result = len(operands.shape(0)), len(operands.needed_output().shape)
        if result - source == count:
            return None
        clause = f"its kernel gives rank {source + count} for rank {source}, not {result}"
        return Violation("rank", clause, "reshape around the operator")

    return condition


def typed_by_option(*names: str) -> Demand:
    """Operand and output have the type that the option T names, one of these."""

    def condition(operands: Operands) -> Violation | None:
        number = options_of(operands.op).get("T", 0)
        name = _TYPE_NAMES.get(number) if isinstance(number, int) else None
        if name not in names:
            return Violation("option", "its option 'T' names no supported type", _DAMAGED)
        return typed(f"{name} > {name}")(operands)

    return condition


def fits(sizes: Sizes, what: str) -> Demand:
    """The sizes of the tensors fit the options; `what` says in a clause what does not."""

    def condition(operands: Operands) -> Violation | None:
        if sizes(Fit(operands, options_of(operands.op))):
            return None
        return Violation("shape", f"{what}: its kernel would go beyond the memory of its tensors", _DAMAGED)

    return condition
