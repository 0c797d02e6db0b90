"""What the element-wise kernels have in common: a plain loop, or a nest of loops when shapes differ."""

from functools import lru_cache
from math import prod

from arenafit.costs.site import OpContext
from arenafit.ir import Tensor


def plain(site: OpContext) -> dict[str, float]:
    """Return the terms of a loop over all output elements."""
    return {"element": site.outputs[0].elements, "call": 1}


def rows(site: OpContext) -> dict[str, float]:
    """Return the terms of a loop over the last axis inside one over all others."""
    shape = site.outputs[0].shape
    return {"element": prod(shape), "row": prod(shape[:-1]), "call": 1}


def broadcast(site: OpContext) -> dict[str, float]:
    """Return the terms of BroadcastBinaryOpSimple (kernels/internal/reference/broadcast_loop.h, 90b983c2).

    Axes that both operands walk alike are fused; `pass` counts runs of the innermost loop, `node` the calls above it,
    `scalar_element` the elements whose loop keeps one operand still.
    """
    first, second, out = site.operand(0), site.operand(1), site.outputs[0]
    loops, still = loop_nest(first.shape, second.shape, out.shape)
    calls = [1]
    for length in reversed(loops[1:]):
        calls.append(calls[-1] * length)
    elements = out.elements
    return {
        "element": 0 if still else elements,
        "scalar_element": elements if still else 0,
        "pass": calls[-1],
        "node": sum(calls[:-1]),
        "rank": len(out.shape),
        "call": 1,
    }


@lru_cache(maxsize=4096)
def loop_nest(first: tuple[int, ...], second: tuple[int, ...], out: tuple[int, ...]) -> tuple[tuple[int, ...], bool]:
    """Return the lengths of the fused loops, innermost first, and whether the innermost keeps an operand still."""
    lengths, strides = fused_loops((first, second), out)
    return lengths, 0 in strides


@lru_cache(maxsize=4096)
def fused_loops(operands: tuple[tuple[int, ...], ...], out: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the lengths of the fused loops over shapes, innermost first, and the innermost stride of each operand."""
    loops: list[list[int]] = []  # length, stride of each operand
    spread = [1] * len(operands)
    for length, *extents in zip(*(_extended(shape, len(out))[::-1] for shape in (out, *operands)), strict=True):
        strides = [0 if extent == 1 != length else wide for extent, wide in zip(extents, spread, strict=True)]
        if loops and all(_fuses(length, *each) for each in zip(strides, spread, loops[-1][1:], strict=True)):
            loops[-1][0] *= length
        else:
            loops.append([length, *strides])
        spread = [wide * extent for wide, extent in zip(spread, extents, strict=True)]
    if not loops:
        return (1,), (1,) * len(operands)
    return tuple(loop[0] for loop in loops), tuple(loops[0][1:])


def _extended(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + shape


def _fuses(length: int, stride: int, expected: int, inner: int) -> bool:
    if length == 1:
        return True
    return stride == 0 if inner == 0 else stride == expected


def same_extended_shape(first: Tensor, second: Tensor) -> bool:
    """Whether the shapes are equal but for leading ones (TFLM's ProcessBroadcastShapes)."""
    rank = max(len(first.shape), len(second.shape))
    return _extended(first.shape, rank) == _extended(second.shape, rank)
