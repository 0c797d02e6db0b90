"""Looks for the smallest arena that works, in steps of TFLM's buffer alignment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arenafit.units import ARENA_ALIGNMENT_BYTES, align_down, align_up

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP = ARENA_ALIGNMENT_BYTES


def smallest_working_arena(works: Callable[[int], bool], guess_bytes: int, limit_bytes: int) -> int | None:
    """Return the smallest multiple of 16 for which `works` holds, or None when it fails up to `limit_bytes`.

    A size that works is taken to work with every larger one. The search gallops away from the guess, so a right guess
    costs two probes and one that is off by d bytes about 2 * log2(d / 16).
    """
    limit = align_down(limit_bytes, _STEP)
    guess = min(align_up(max(guess_bytes, _STEP), _STEP), limit)
    if works(guess):
        return _descend(works, guess)
    low, gap = guess, _STEP
    while low < limit:
        high = min(low + gap, limit)
        if works(high):
            return _bisect(works, low, high)
        low, gap = high, gap * 2
    return None


def _descend(works: Callable[[int], bool], high: int) -> int:
    gap = _STEP
    # An arena of 0 bytes cannot work and is not tried.
    while (low := max(0, high - gap)) > 0 and works(low):
        high, gap = low, gap * 2
    return _bisect(works, low, high)


def _bisect(works: Callable[[int], bool], low: int, high: int) -> int:
    while high - low > _STEP:
        middle = align_down((low + high) // 2, _STEP)
        low, high = (low, middle) if works(middle) else (middle, high)
    return high
