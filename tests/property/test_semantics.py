"""Random networks, rewritten and streamed, on 200 inputs each, infinities and NaN among them.

No output differs in a bit, unless the claim says so: then only on inputs that make an infinity or a NaN arise inside.
"""

from collections.abc import Iterator

import pytest
from hypothesis import given

from arenafit.ir import DType
from arenafit.runtime import LiteRtPool, TflmPool
from support.random_runs import drawn, examples
from support.semantics import Court, Subject, subjects

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

# Models of each element type, each fitted at both levels of validity.
EXAMPLES = examples(300)
# LiteRT judges one in so many.
_ON_DESKTOP = 10


@pytest.fixture(scope="module")
def pools() -> Iterator[tuple[TflmPool, LiteRtPool]]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield tflm, litert


@pytest.mark.parametrize("dtype", [DType.INT8, DType.INT16, DType.FLOAT32])
def test_outputs_differ_only_where_that_was_declared(pools: tuple[TflmPool, LiteRtPool], dtype: DType) -> None:
    court = Court(*pools)
    seen = 0

    @drawn(EXAMPLES)
    @given(subject=subjects(dtype))
    def check(subject: Subject) -> None:
        nonlocal seen
        seen += 1
        court.check(subject, desktop=not seen % _ON_DESKTOP)

    check()
    assert court.judged >= EXAMPLES, "TFLM ran hardly any"
    # Most rewrites keep every bit; of integers all do.
    assert court.exact >= court.judged * (1 if dtype is not DType.FLOAT32 else 0.6)
