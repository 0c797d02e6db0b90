"""What stripes of a tensor are rows of, and how the whole tensor is made without them.

A band is one tensor of each stripe, with the rows that each is of one whole tensor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from arenafit.ir import Op, OpId, TensorId
from arenafit.kernels.sharing import constant_values
from arenafit.rewrites._sites import Site

RANK = 4
Amounts = tuple[tuple[int, int], ...]  # (before, after) along each axis
NO_PADDING: Amounts = ((0, 0),) * RANK
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Band:
    """Stripe i holds rows from `firsts[i]` on of a whole tensor of `shape`, made by step `whole`; one is `example`."""

    whole: int
    example: TensorId
    firsts: tuple[int, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StripeCut:
    """The whole tensor is cut out of `source`, or is `source`."""

    band: Band
    source: TensorId
    begins: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StripePadding:
    """The whole tensor is another one, padded with zeros."""

    band: Band
    source: Band
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class StripeStep:
    """The whole tensor is made by an operator like `op`; bands among its inputs stand for whole tensors.

    `padding`: what its options say of padding, where that differs from `op`.
    """

    band: Band
    op: Op
    inputs: tuple[Band | TensorId | None, ...]
    padding: int | None = None


@dataclass(frozen=True, slots=True)
class Joint:
    """How to make what stripes are joined to: steps in order, and the operators that they replace."""

    steps: tuple[StripeCut | StripePadding | StripeStep, ...]
    replaced: frozenset[OpId]


def block_begins(site: Site, op: Op) -> tuple[int, ...] | None:
    """Return where a SLICE or STRIDED_SLICE begins in a tensor of four dimensions that it takes a block of."""
    if op.name not in ("SLICE", "STRIDED_SLICE") or len(op.outputs) != 1:
        return None
    shape, taken = site.input(op).shape, site.output(op).shape
    begins = constant_values(site.constant(op, 1))
    if site.input(op).is_constant or begins is None or not len(shape) == len(taken) == len(begins) == RANK:
        return None
    if op.name == "STRIDED_SLICE":
        options, strides = op.options, constant_values(site.constant(op, 3))
        odd = ("ellipsis_mask", "new_axis_mask", "shrink_axis_mask", "offset")
        if options is None or strides != [1] * RANK or any(options.get(name) for name in odd):
            return None
        masked = int(options.get("begin_mask", 0) or 0)
        begins = [0 if masked >> axis & 1 else value for axis, value in enumerate(begins)]
        begins = [value + extent if value < 0 else value for value, extent in zip(begins, shape, strict=True)]
    inside = (0 <= begin <= extent - count for begin, count, extent in zip(begins, taken, shape, strict=True))
    return tuple(begins) if all(inside) else None


def with_item(values: Sequence[_Item], axis: int, value: _Item) -> tuple[_Item, ...]:
    """Return the values with another one along an axis."""
    return (*values[:axis], value, *values[axis + 1 :])


def without_item(values: Sequence[_Item], axis: int) -> tuple[_Item, ...]:
    """Return the values along all other axes."""
    return (*values[:axis], *values[axis + 1 :])
