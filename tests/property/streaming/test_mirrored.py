"""Mirrored padding, alone and in front of a convolution, streamed over rows and over columns."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from arenafit.ir import DType, Model
from arenafit.runtime import LiteRtPool, TflmPool
from arenafit.streaming import find_segment, make_schedule
from support.models import SAME, VALID
from support.netsketch import NetSketch, Sliding
from support.streamed import Case, Judge, Way

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judge(tflm, litert)


def mirrored(dtype: DType, shape: tuple[int, int], padding: int | None, *, symmetric: bool) -> Model:
    drawn = NetSketch(dtype)
    high, wide = shape
    rows, columns = ((2, 3) if high > 1 else (0, 0)), ((3, 2) if wide > 1 else (0, 0))
    tensor = drawn.mirror_pad(drawn.input(1, high, wide, 2), rows, columns, symmetric=symmetric)
    extent = (3 if high > 1 else 1, 3 if wide > 1 else 1)
    return drawn.finish(tensor if padding is None else drawn.sliding_conv(tensor, 3, Sliding(extent, padding=padding)))


@pytest.mark.parametrize("as_views", [False, True], ids=["tflite", "tflm"])
@pytest.mark.parametrize("padding", [None, VALID, SAME], ids=["alone", "valid", "same"])
@pytest.mark.parametrize("symmetric", [False, True], ids=["reflect", "symmetric"])
@pytest.mark.parametrize("shape", [(7, 5), (7, 1), (1, 7)], ids=["image", "column", "row"])
@pytest.mark.parametrize("dtype", [DType.INT8, DType.FLOAT32], ids=["int8", "float32"])
def test_mirrored_rows_compute_the_same(
    judge: Judge, dtype: DType, shape: tuple[int, int], padding: int | None, *, symmetric: bool, as_views: bool
) -> None:
    model = mirrored(dtype, shape, padding, symmetric=symmetric)
    ops = tuple(op.id for op in model.main.ops)
    segment = find_segment(model.main, ops)
    assert segment is not None
    for rows, phase in ((1, 0), (2, 0), (2, 1)):
        if rows > 1 and make_schedule(model.main, segment, rows, phase) is None:
            continue  # two rows a trip do not meet the end
        case = Case(model, (Way(ops, Fraction(rows), phase),), keep_inputs=False, in_place=True, as_views=as_views)
        judge.check(case, min_arena=rows == 1)


def test_rows_made_in_the_loop_are_not_mirrored() -> None:
    drawn = NetSketch(DType.INT8)
    tensor = drawn.mirror_pad(drawn.unary("RELU", drawn.input(1, 7, 5, 2)), (2, 3), (0, 0))
    model = drawn.finish(tensor)
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    assert make_schedule(model.main, segment, 1) is None
