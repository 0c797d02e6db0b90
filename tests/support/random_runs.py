"""Many networks drawn at random, each judged; the same ones each time, others by environment variables.

ARENAFIT_EXAMPLES=N sets how many networks a suite draws; ARENAFIT_SEED=N takes others.
"""

import os
from collections.abc import Callable
from typing import Any, Protocol

from hypothesis import HealthCheck, Phase, assume, given, reject, seed, settings
from hypothesis import strategies as st

from support.streamed import OriginalRefusedError

_SEED = int(os.environ.get("ARENAFIT_SEED", "0"))

Test = Callable[..., None]


def examples(default: int) -> int:
    """Return how many networks a suite draws."""
    return int(os.environ.get("ARENAFIT_EXAMPLES", default))


def drawn(count: int) -> Callable[[Test], Test]:
    """Return a decorator, to stand above `given`, for a test over `count` examples that are the same each time."""
    often = settings(
        max_examples=count,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    return lambda test: seed(_SEED)(often(test))


class Checks(Protocol):
    """What judges a case."""

    def check(self, case: Any, *, min_arena: bool = False) -> None:
        """Fail unless the case computes what it should; with `min_arena` in the memory predicted."""


def judge_drawn(
    judge: Checks, cases: st.SearchStrategy[Any], count: int, seen: Callable[[Any], None] = lambda case: None
) -> int:
    """Fail unless all of `count` cases drawn compute the same, and at least half were cases; return how many were.

    A draw of None is none, nor is a network that TFLM refuses: it may end in a layer whose bias TFLM finds ill
    scaled, which proves nothing about streams. `seen` is called with each case before it is judged.
    """
    tried = 0

    @drawn(count)
    @given(case=cases)
    def check(case: Any) -> None:
        nonlocal tried
        assume(case is not None)
        tried += 1
        seen(case)
        try:
            judge.check(case, min_arena=tried % 10 == 0)
        except OriginalRefusedError:
            tried -= 1
            reject()

    check()
    assert tried >= count // 2
    return tried
