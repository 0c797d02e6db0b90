"""Random networks that end in one average of the image, streamed up to that end: the same outputs, bit for bit."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import strategies as st

from arenafit.ir import DType, Model, Quant
from arenafit.runtime import LiteRtPool, TflmPool
from arenafit.streaming import LoopOptions, Reduction, find_segment, make_schedule
from support.models import NONE, RELU, RELU6
from support.netsketch import NetSketch, Sliding
from support.random_runs import examples, judge_drawn
from support.streamed import Case, Judge, Way

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

EXAMPLES = examples(300)

Draw = Callable[..., Any]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judge(tflm, litert)


@st.composite
def averaged(draw: Draw, dtype: DType) -> tuple[Model, int]:
    """A short chain of windows, an average over what comes out, and how many operators that is."""
    sketch = NetSketch(dtype, draw(st.integers(0, 9)), draw(st.sampled_from((3, -128, 0, 127))))
    form = draw(st.sampled_from(("2d", "2d", "column", "row")))
    height = 1 if form == "row" else draw(st.integers(4, 24))
    width = 1 if form == "column" else draw(st.integers(2, 9 if form == "2d" else 24))
    tensor = sketch.input(1, height, width, draw(st.integers(1, 3)))
    for _ in range(draw(st.integers(1, 3))):
        kernel = (1 if height == 1 else draw(st.sampled_from((3, 1, 2))), 1 if width == 1 else 3)
        stride = (1 if height == 1 else draw(st.sampled_from((1, 1, 2))), 1)
        quant = draw(st.sampled_from((None, Quant((0.04,), (-128,))))) if dtype is DType.INT8 else None
        activation = draw(st.sampled_from((RELU, NONE)))
        if draw(st.booleans()):
            tensor = sketch.sliding_conv(tensor, draw(st.integers(1, 9)), Sliding(kernel, stride), quant=quant)
        else:
            tensor = sketch.sliding_depthwise(tensor, 1, Sliding(kernel, stride), activation=activation, quant=quant)
    _, height, width, _ = sketch.shape(tensor)
    if draw(st.booleans()):
        lost = draw(st.sampled_from((0, 1))) if (height if height > 1 else width) > 2 else 0
        bounded = RELU6 if dtype is DType.FLOAT32 and draw(st.booleans()) else NONE
        pixel = sketch.global_pool(tensor, lost, activation=bounded)
    else:
        other = draw(st.sampled_from((None, Quant((0.03,), (-128,)), Quant((0.05,), (3,)))))
        pixel = sketch.mean(tensor, keep_dims=draw(st.booleans()), quant=other if dtype is DType.INT8 else None)
    count = len(sketch.editor.ops())
    return sketch.finish(sketch.dense(pixel, 3) if draw(st.booleans()) else pixel), count


@st.composite
def cases(draw: Draw, dtype: DType) -> Case | None:
    """A network streamed from some operator on to its average, as views or not; None if it cannot be."""
    model, count = draw(averaged(dtype))
    ops = tuple(op.id for op in model.main.ops[draw(st.integers(0, count - 1)) : count])
    segment = find_segment(model.main, ops)
    if segment is None or not isinstance(segment.geometries[ops[-1]], Reduction):
        return None
    rows, phase = Fraction(draw(st.sampled_from((1, 1, 2, 3)))), draw(st.integers(0, 1))
    if make_schedule(model.main, segment, rows, phase) is None:
        rows, phase = Fraction(1), 0
    if make_schedule(model.main, segment, rows, phase) is None:
        return None
    flags = {name: draw(st.booleans()) for name in ("guard_rows", "in_blocks", "patch_rows", "flat_rows")}
    writing = LoopOptions(draw(st.sampled_from((1 << 30, 0))), **flags)
    in_place = draw(st.sampled_from((True, True, False)))
    case = Case(model, (Way(ops, rows, phase),), draw(st.booleans()), in_place, draw(st.booleans()), writing)
    return case.without_update() if draw(st.booleans()) else case


@pytest.mark.parametrize("dtype", [DType.INT8, DType.FLOAT32], ids=["int8", "float32"])
def test_streams_that_end_in_an_average_compute_the_same(judge: Judge, dtype: DType) -> None:
    before = judge.on_desktop
    tried = judge_drawn(judge, cases(dtype), EXAMPLES // 4)
    assert judge.on_desktop - before >= tried // 8, "LiteRT computed hardly any"
