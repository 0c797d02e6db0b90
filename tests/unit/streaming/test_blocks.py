"""Blocks of rows for element types that TFLM cannot gather: where each begins and where it then stands."""

import numpy as np
import pytest

from arenafit.ir import DType, Model
from arenafit.streaming import Schedule, emit, find_segment, make_schedule
from arenafit.streaming.loop.blocks import Blocks, blocks
from support.models import SAME, VALID
from support.netsketch import NetSketch, Sliding


def convolved(height: int, how: Sliding) -> Model:
    drawn = NetSketch(DType.INT16)
    return drawn.finish(drawn.sliding_conv(drawn.input(1, height, 4, 2), 3, how))


def scheduled(model: Model, rows: int) -> Schedule:
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    made = make_schedule(model.main, segment, rows)
    assert made is not None
    return made


def found(model: Model, rows: int) -> Blocks:
    schedule = scheduled(model, rows)
    read = next(schedule.reads_of(model.main.inputs[0]))
    return blocks(schedule, read, model.main.tensor(model.main.inputs[0]).shape[1])


def test_rows_inside_the_image_are_just_the_block() -> None:
    made = found(convolved(9, Sliding((3, 3), padding=VALID)), 1)
    assert made.exact
    assert made.first.tolist() == list(range(7))


def test_blocks_at_the_ends_are_moved_inside_and_back_among_padding() -> None:
    made = found(convolved(6, Sliding((3, 3), padding=SAME)), 1)
    # Asked for rows -1..1, 0..2, ..., 4..6; the first stands a row further down, the last a row further up.
    assert made.first.tolist() == [0, 0, 1, 2, 3, 3]
    assert made.shift.tolist() == [1, 0, 0, 0, 0, -1]
    assert (made.before, made.rows, made.after) == (1, 3, 1)


def test_strided_windows_need_padding_behind_only() -> None:
    made = found(convolved(8, Sliding((3, 3), (2, 2))), 1)
    assert made.first.tolist() == [0, 2, 4, 5]
    assert (made.before, made.after) == (1, 0)


@pytest.mark.parametrize(("height", "rows"), [(9, 1), (9, 3), (10, 1), (10, 2), (12, 3)])
@pytest.mark.parametrize("extent", [2, 3, 5])
def test_every_row_ends_up_where_it_is_asked_for(height: int, extent: int, rows: int) -> None:
    model = convolved(height, Sliding((extent, 1)))
    schedule = scheduled(model, rows)
    read = next(schedule.reads_of(model.main.inputs[0]))
    made = blocks(schedule, read, height)
    assert made.first.min() >= 0
    assert made.first.max() + made.rows <= height
    for trip, (first, shift) in enumerate(zip(made.first, made.shift, strict=True)):
        around = np.full(made.before + made.rows + made.after, -1)
        around[made.before + shift :][: made.rows] = np.arange(first, first + made.rows)
        wanted = read.start + trip * read.step + np.arange(read.rows)
        inside = np.where((wanted >= 0) & (wanted < height), wanted, -1)
        assert around[made.before :][: made.rows].tolist() == inside.tolist()


@pytest.mark.parametrize("as_views", [False, True], ids=["tflite", "tflm"])
def test_sixteen_bit_loops_use_no_operator_that_lacks_the_type(*, as_views: bool) -> None:
    # TFLM's GATHER and FILL take no 16-bit elements (tensorflow/lite/micro/kernels/gather.cc, fill.cc, 2026-08).
    drawn = NetSketch(DType.INT16)
    stem = drawn.sliding_conv(drawn.input(1, 8, 6, 2), 3, Sliding((3, 3)))
    model = drawn.finish(drawn.sliding_pool(drawn.sliding_depthwise(stem, 1, Sliding((3, 3))), Sliding((2, 2)), "MAX"))
    made = emit(model, scheduled(model, 1), "loop", as_views=as_views).model
    assert not {"GATHER", "FILL"} & {op.name for graph in made.graphs for op in graph.ops}
