"""What an operator file states: facts of what the operator computes, whatever kernel runs it.

An operator file exports ``OPERATOR = Operator(...)``. A fact that is a function gets the `Operands` of one use of the
operator: its operands, outputs, options and those operands whose values stand in the file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.ir import Graph, Op, Tensor

Shape = tuple[int, ...]


class ShapeError(Exception):
    """The operands of one operator contradict each other; the text is a clause saying how."""


@dataclass(frozen=True, slots=True)
class Operands:
    """One operator of a graph, and what may be asked about it."""

    op: Op
    graph: Graph

    def option(self, name: str, default: Any = None) -> Any:
        """Return a field of the operator's options, `default` if it has no options or no such field."""
        return default if self.op.options is None else self.op.options.get(name, default)

    def input(self, index: int) -> Tensor | None:
        """Return an operand; None if it is left out or there are fewer."""
        inputs = self.op.inputs
        found = inputs[index] if index < len(inputs) else None
        return None if found is None else self.graph.by_id[found]

    def output(self, index: int = 0) -> Tensor | None:
        """Return an output; None if there are fewer."""
        outputs = self.op.outputs
        return self.graph.by_id[outputs[index]] if index < len(outputs) else None

    def shape(self, index: int) -> Shape:
        """Return the shape of an operand.

        Raises:
            ShapeError: if it is not there.
        """
        found = self.input(index)
        if found is None:
            raise ShapeError(f"operand {index} is missing")
        return found.shape

    def values(self, index: int) -> NDArray[Any] | None:
        """Return the values of an operand that stand in the file, flat; None if they are not known before a run."""
        found = self.input(index)
        if found is None or found.data is None or found.dtype.numpy_name is None:
            return None
        count = prod(found.shape)
        if not 0 <= count * found.dtype.bits // 8 <= len(found.data.data):
            return None
        return np.frombuffer(found.data.data, dtype=found.dtype.numpy, count=count)

    def integers(self, index: int) -> tuple[int, ...] | None:
        """Return `values` as integers; None if they are not known, or are no integers."""
        found = self.values(index)
        if found is None or not np.issubdtype(found.dtype, np.integer):
            return None
        return tuple(int(value) for value in found)

    @property
    def outputs(self) -> int:
        """How many outputs the operator has."""
        return len(self.op.outputs)


OutputShapes = Callable[[Operands], Sequence[Shape | None] | None]


@dataclass(frozen=True, slots=True)
class Operator:
    """The facts about one operator.

    `output_shapes` returns the shape of each output, None for one (or for all) that cannot be known before a run; it
    raises `ShapeError` where the operands contradict each other. `any_view` says that the TFLM kernels write as many
    elements as it says, in the same order, however the output's shape divides them.
    """

    name: str  # schema name, or the custom code
    output_shapes: OutputShapes | None = None
    any_view: bool = False
    custom: bool = False


def sizes_agree(stored: Shape, inferred: Shape) -> bool:
    """Whether two shapes have as many elements."""
    return prod(stored) == prod(inferred)
