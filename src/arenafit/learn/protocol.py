"""What an operator is to a differentiable model: a forward pass and the gradients of its operands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit import ops
from arenafit.ir import Op

Array = NDArray[Any]


@dataclass(frozen=True)
class Call:
    """One operator at work. `arrays` are its operands, batch first where they are no constants, None if left out.

    `shapes` are the outputs' shapes as the file states them; their first extent stands for the batch. `wants` are the
    positions of the operands whose gradients somebody needs, None for all.
    """

    op: Op
    arrays: tuple[Array | None, ...]
    shapes: tuple[tuple[int, ...], ...]
    wants: frozenset[int] | None = None

    def wants_gradient(self, position: int) -> bool:
        """Return whether a backward pass shall give the gradient of the operand at `position`."""
        return self.wants is None or position in self.wants

    def option(self, name: str, default: Any = None) -> Any:
        """Return an option, `default` where there is none."""
        return default if self.op.options is None else self.op.options.get(name, default)

    def array(self, position: int) -> Array:
        """Return an operand that must be there."""
        found = self.arrays[position] if position < len(self.arrays) else None
        if found is None:
            raise ValueError(f"operand {position} is missing")
        return found


Forward = Callable[[Call], tuple[Array, ...]]
Backward = Callable[[Call, tuple[Array, ...], tuple[Array, ...]], Sequence[Array | None]]


@dataclass(frozen=True, slots=True)
class ForwardBackward:
    """Forward: outputs before the fused activation. Backward: of outputs and their gradients, the operands' ones.

    `backward` is None for what only looks at shapes, or cannot be differentiated.
    """

    forward: Forward
    backward: Backward | None = None


# From the facts about an operator to its rule here; None where these do not suffice.
Maker = Callable[[ops.Operator], ForwardBackward | None]


def always(operator: ForwardBackward) -> Maker:
    """Return the maker of one rule for all operators of a family."""
    return lambda _: operator


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Return `gradient` summed over the axes along which an operand of `shape` was broadcast."""
    extra = gradient.ndim - len(shape)
    if extra > 0:
        gradient = gradient.sum(axis=tuple(range(extra)))
    axes = tuple(axis for axis, extent in enumerate(shape) if extent == 1 and gradient.shape[axis] != 1)
    return gradient.sum(axis=axes, keepdims=True) if axes else gradient


def single(function: Callable[[Call], Array]) -> Forward:
    """Return the forward pass of an operator with one output."""

    def forward(call: Call) -> tuple[Array, ...]:
        return (np.asarray(function(call)),)

    return forward
