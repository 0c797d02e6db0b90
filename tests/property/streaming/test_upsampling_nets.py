"""Networks that upsample, known ones and random ones, streamed: the same outputs, in the memory predicted."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from arenafit.ir import DType, Model
from arenafit.runtime import LiteRtPool, TflmPool
from arenafit.streaming import Window, find_segment, geometry, make_schedule
from support.random_runs import examples, judge_drawn
from support.streamed import Case, Judge, Way, cases
from support.upsampled import NETWORKS, UPSAMPLING, upsampling_nets

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = examples(200)


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judge(tflm, litert)


@pytest.mark.parametrize("dtype", [DType.INT8, DType.FLOAT32, DType.INT16], ids=["int8", "float32", "int16"])
def test_streamed_networks_that_upsample_compute_the_same(judge: Judge, dtype: DType) -> None:
    upsampling, before = 0, judge.on_desktop

    def seen(case: Case) -> None:
        nonlocal upsampling
        upsampling += _upsamples(case)

    tried = judge_drawn(judge, cases(upsampling_nets((dtype,))), EXAMPLES // 3, seen)
    assert upsampling >= tried // 6, "hardly any segment upsampled"
    if dtype is not DType.INT16:
        assert judge.on_desktop - before >= tried // 8, "LiteRT computed hardly any"


@pytest.mark.parametrize("as_views", [False, True], ids=["tflite", "tflm"])
@pytest.mark.parametrize("dtype", [DType.INT8, DType.FLOAT32], ids=["int8", "float32"])
@pytest.mark.parametrize("name", NETWORKS)
def test_known_networks_compute_the_same(judge: Judge, name: str, dtype: DType, *, as_views: bool) -> None:
    model = NETWORKS[name](dtype)
    way = _longest(model)
    assert any(op.name in UPSAMPLING for op in model.main.ops if op.id in way.ops)
    judge.check(Case(model, (way,), False, True, as_views=as_views), min_arena=True)


def _longest(model: Model) -> Way:
    """The most operators around the first that upsamples, streamed with the fewest rows a trip."""
    ops = model.main.ops
    first = next(place for place, op in enumerate(ops) if op.name in UPSAMPLING)
    runs = [(start, end) for start in range(first + 1) for end in range(first + 1, len(ops) + 1)]
    for start, end in sorted(runs, key=lambda run: run[0] - run[1]):
        chosen = tuple(op.id for op in ops[start:end])
        segment = find_segment(model.main, chosen)
        for rows in (1, 2, 3, 4) if segment is not None else ():
            if segment is not None and make_schedule(model.main, segment, rows) is not None:
                return Way(chosen, Fraction(rows), 0)
    raise AssertionError("none can be streamed")


def _upsamples(case: Case) -> bool:
    graph = case.model.main
    streamed = {op for way in case.ways for op in way.ops}
    found = [geometry(graph, op, axis) for op in graph.ops if op.id in streamed for axis in (1, 2)]
    return any(isinstance(item, Window) and item.factor > 1 for item in found)
