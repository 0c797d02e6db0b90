"""What an operator computes of real numbers, for the rooms that differentiate it or bound its results."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[Any]


class HasOptions(Protocol):
    """An operator at work, as far as a function of its elements asks."""

    def option(self, name: str, default: Any = None) -> Any:
        """Return a field of the operator's options, `default` where there is none."""


@dataclass(frozen=True, slots=True)
class UnaryFunction:
    """A function of each element.

    Attributes:
        value: from the operator and the operand to the result.
        slope: from the operator, the operand and the result to the derivative.
        turns: where it stops rising or falling, or has its least slope; between two of them it is monotonic.
        spare: by how many steps the quantised kernels may be off the rounded true value; None: nobody has looked.
    """

    value: Callable[[HasOptions, Reals], Reals]
    slope: Callable[[HasOptions, Reals, Reals], Reals]
    turns: tuple[float, ...] = ()
    spare: int | None = None


@dataclass(frozen=True, slots=True)
class BinaryFunction:
    """A function of two elements.

    Attributes:
        value: from both operands to the result.
        slopes: from both operands to the derivatives by each.
        channelwise: it is known that its kernels compute a channel from the same channel of both operands alone.
        extreme_at_ends: it is least and greatest where both operands are at ends of what they can hold.
    """

    value: Callable[[Reals, Reals], Reals]
    slopes: Callable[[Reals, Reals], tuple[Reals, Reals]]
    channelwise: bool = False
    extreme_at_ends: bool = False


def one(values: Reals) -> Reals:
    """Return a scalar 1 of the type of `values`, which broadcasts to them."""
    return np.ones((), values.dtype)


def _same(_: HasOptions, values: Reals) -> Reals:
    return values


def _ones(_: HasOptions, values: Reals, _result: Reals) -> Reals:
    return np.ones_like(values)


# The numbers pass as they are; only how they are stored changes.
IDENTITY = UnaryFunction(_same, _ones, spare=1)
