"""Looks for the smallest arena that works, in steps of TFLM's buffer alignment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arenafit.units import ARENA_ALIGNMENT_BYTES, align_up

if TYPE_CHECKING:
    from collections.abc import Callable


def smallest_working_arena(works: Callable[[int], bool], guess_bytes: int, limit_bytes: int) -> int | None:
    """Return the smallest multiple of 16 for which `works` holds, or None when it fails up to `limit_bytes`.

    A size that works is taken to work with every larger one. The search gallops away from the guess, so a right guess
    costs two probes and one that is off by d bytes about 2 * log2(d / 16).
    """
    step = ARENA_ALIGNMENT_BYTES
    high = align_up(max(guess_bytes, step), step)
    low = high - step  # fails or is not known to work
    if works(high):
        gap = step
        while low > 0 and works(low):
            high, low = low, max(0, low - gap)
            gap *= 2
        return _bisect(works, low, high)
    gap = step
    while not works(high + gap):
        if high + gap >= limit_bytes:
            return None
        high, gap = high + gap, min(gap * 2, max(step, limit_bytes - high - gap))
    return _bisect(works, high, high + gap)


def _bisect(works: Callable[[int], bool], low: int, high: int) -> int:
    step = ARENA_ALIGNMENT_BYTES
    while high - low > step:
        middle = (low + high) // 2 // step * step
        low, high = (low, middle) if works(middle) else (middle, high)
    return high
