"""How far behind its operand the output of a kernel may run that goes through both in steps."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from arenafit.kernels.sharing import OperandOverlap
from arenafit.units import ARENA_ALIGNMENT_BYTES

Bytes = NDArray[np.int64]
# Rules that look at every step know nothing beyond: no microcontroller has the memory for so many.
MOST_STEPS = 1 << 22


def behind(read_from: Bytes, written_to: Bytes, *, operand: int = 0) -> Iterator[OperandOverlap]:
    """Yield the one way: no step writes over what it or a later step reads.

    Args:
        read_from: for each step, in order, the lowest byte of the operand that it reads.
        written_to: for each step the end of what it writes, counted from the output's start.
        operand: the position of the operand.
    """
    if not read_from.size:
        return
    needed = np.minimum.accumulate(read_from[::-1])[::-1]
    highest = int((needed - written_to).min())
    # Lower by up to the alignment, so that what is tied to it stays aligned.
    yield OperandOverlap(operand, 0, None, highest // ARENA_ALIGNMENT_BYTES * ARENA_ALIGNMENT_BYTES, None)
