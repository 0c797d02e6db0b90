"""Instructions of memcpy, as newlib's for Cortex-M4 and M55 measured for aligned pointers."""

from functools import lru_cache

from arenafit.costs.core import Core

_TAIL = (0, 5, 7, 7)  # by bytes modulo 4


@lru_cache(maxsize=4096)
def memcpy(size_bytes: int, core: Core) -> int:
    """Return the instructions of one memcpy of `size_bytes`: unrolled blocks of 64, then 16, then 4, then bytes."""
    block, quarter = (36, 12) if core.has_mve else (34, 10)
    blocks, rest = divmod(size_bytes, 64)
    return 14 + block * blocks + quarter * (rest // 16) + 4 * (rest % 16 // 4) + _TAIL[rest % 4]
