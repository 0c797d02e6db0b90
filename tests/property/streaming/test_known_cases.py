"""Networks that once computed something else when streamed, shrunk: they are tried each time."""

from collections.abc import Iterator
from fractions import Fraction

import pytest

from arenafit.ir import DType, Model
from arenafit.runtime import LiteRtPool, TflmPool
from arenafit.streaming import LoopOptions, Stores, find_segment, make_schedule
from support.models import NONE, VALID, renumbered
from support.netsketch import NetSketch, Sliding
from support.streamed import Case, Judge, Way

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield Judge(tflm, litert)


def columns_of_an_image() -> Model:
    # What is made is one row high, so that columns are streamed: runs of bytes they are not.
    drawn = NetSketch(DType.FLOAT32)
    return drawn.finish(drawn.sliding_conv(drawn.input(1, 3, 3, 1), 3, Sliding((3, 3), padding=VALID)))


def columns_with_padding() -> Model:
    drawn = NetSketch(DType.FLOAT32)
    source = drawn.sliding_conv(drawn.input(1, 3, 3, 1), 3, Sliding((1, 1)))
    return drawn.finish(drawn.sliding_pool(source, Sliding((3, 3), (3, 1)), "MAX"))


def padding_of_negative_rows() -> Model:
    # A negative float times zero is -0.0.
    drawn = NetSketch(DType.FLOAT32)
    return drawn.finish(drawn.pad(drawn.input(1, 3, 1, 1), (0, 1), (0, 0)))


def output_before_its_source() -> Model:
    drawn = NetSketch(DType.FLOAT32)
    return drawn.finish(drawn.sliding_conv(drawn.input(1, 3, 3, 1), 1, Sliding((3, 3))))


def inception() -> Model:
    # At zero point -128 a max-pool and a convolution pad a line buffer with the same value.
    drawn = NetSketch(DType.INT8, zero_point=-128)
    stem = drawn.sliding_conv(drawn.input(1, 9, 6, 2), 3, Sliding((1, 1)), activation=NONE)
    window = drawn.sliding_conv(stem, 2, Sliding((3, 3)), activation=NONE)
    return drawn.finish(drawn.concat(window, drawn.sliding_pool(stem, Sliding((3, 3)), "MAX")))


def output_of_number_zero() -> Model:
    drawn = NetSketch(DType.INT8)
    return renumbered(drawn.finish(drawn.sliding_conv(drawn.input(1, 6, 4, 2), 3, Sliding((3, 3)))))


@pytest.mark.parametrize("in_place", [True, False], ids=["in_place", "apart"])
@pytest.mark.parametrize("as_views", [False, True], ids=["tflite", "tflm"])
@pytest.mark.parametrize(
    "make",
    [
        columns_of_an_image,
        columns_with_padding,
        padding_of_negative_rows,
        output_before_its_source,
        inception,
        output_of_number_zero,
    ],
)
def test_cases_that_once_failed(judge: Judge, make: object, *, as_views: bool, in_place: bool) -> None:
    assert callable(make)
    model = make()
    last = len(model.main.ops) - 1 if make is columns_with_padding else 0
    ops = tuple(op.id for op in model.main.ops[last:])
    judge.check(Case(model, (Way(ops, Fraction(1), 0),), False, in_place, as_views=as_views), min_arena=True)


@pytest.mark.parametrize("dtype", [DType.INT8, DType.INT16], ids=["int8", "int16"])
def test_a_window_swept_behind_rows_of_padding_makes_its_first_row(judge: Judge, dtype: DType) -> None:
    drawn = NetSketch(dtype)
    window = drawn.sliding_conv(drawn.input(1, 20, 1, 1), 1, Sliding((3, 1)))
    padded = drawn.pad(drawn.unary("RELU", window), (2, 0), (0, 0))
    model = drawn.finish(drawn.sliding_conv(padded, 1, Sliding((3, 1), (3, 1))))
    ops = tuple(op.id for op in model.main.ops)
    segment = find_segment(model.main, ops)
    assert segment is not None
    assert make_schedule(model.main, segment, Fraction(1, 3)) is None, "the window would begin at the second row"
    for phase in (1, 2, 3):
        judge.check(Case(model, (Way(ops, Fraction(1, 3), phase),), keep_inputs=False, in_place=True), min_arena=True)


@pytest.mark.parametrize("dtype", [DType.INT8, DType.FLOAT32], ids=["int8", "float32"])
def test_rows_of_a_pad_before_a_max_pool_are_no_padding_of_the_pool(judge: Judge, dtype: DType) -> None:
    drawn = NetSketch(dtype)
    padded = drawn.pad(
        drawn.unary("RELU", drawn.sliding_conv(drawn.input(1, 3, 3, 1), 1, Sliding((1, 1)))), (1, 0), (0, 0)
    )
    model = drawn.finish(drawn.binary("ADD", padded, drawn.sliding_pool(padded, Sliding((3, 3)), "MAX")))
    ops = tuple(op.id for op in model.main.ops)
    segment = find_segment(model.main, ops)
    assert segment is not None
    phases = [phase for phase in range(4) if make_schedule(model.main, segment, 1, phase) is not None]
    assert phases == [1, 2, 3], "without delay the PAD's row comes from a buffer full of the pool's padding"
    for phase in phases:
        judge.check(Case(model, (Way(ops, Fraction(1), phase),), keep_inputs=False, in_place=True), min_arena=True)


@pytest.mark.parametrize(
    "writing", [LoopOptions(flat_rows=True), LoopOptions(patch_rows=True)], ids=["flat", "patched"]
)
def test_columns_padded_above_and_below_are_no_run_of_bytes(judge: Judge, writing: LoopOptions) -> None:
    drawn = NetSketch(DType.INT8)
    model = drawn.finish(
        drawn.sliding_conv(drawn.sliding_conv(drawn.input(1, 1, 6, 1), 3, Sliding((3, 3))), 2, Sliding((3, 3)))
    )
    ways = (Way(tuple(op.id for op in model.main.ops), Fraction(1), 0),)
    judge.check(Case(model, ways, False, True, as_views=True, writing=writing))


@pytest.mark.parametrize("stores", [Stores.GATHER, Stores.UPDATE])
def test_rows_are_not_taken_for_the_place_of_the_next_trip(judge: Judge, stores: Stores) -> None:
    # The only trip goes on with the second pixel; the next trip is the second, too.
    drawn = NetSketch(DType.FLOAT32)
    model = drawn.finish(drawn.mean(drawn.input(1, 3, 1, 1)))
    ways = (Way((model.main.ops[0].id,), Fraction(3), 0),)
    judge.check(Case(model, ways, False, True, writing=LoopOptions(stores=stores)))
