"""What each guard of streaming refuses, beside the same chain that it takes: one named case for each."""

from fractions import Fraction

import pytest

from arenafit.ir import DType, Model
from arenafit.streaming import LoopOptions, Schedule, emit, find_segment, make_schedule
from arenafit.streaming.overwrite import may_overwrite
from support.models import NONE, VALID
from support.netsketch import NetSketch, Sliding


def schedule_of(model: Model, rows: Fraction | int = 1, phase: int = 0) -> Schedule | None:
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    return make_schedule(model.main, segment, rows, phase)


def padded_twice() -> Model:
    """Return two PADs one behind the other, by a row each, and the window over both."""
    drawn = NetSketch(DType.INT8)
    tensor = drawn.unary("RELU", drawn.input(1, 6, 4, 1))
    for _ in range(2):
        tensor = drawn.pad(tensor, (1, 0), (0, 0))
    return drawn.finish(drawn.sliding_conv(tensor, 2, Sliding((3, 1), padding=VALID)))


def test_rows_before_the_lead_are_padding_and_no_more_rows_than_that() -> None:
    model = padded_twice()
    # The second PAD would begin with its third row: the second, the first PAD's padding, is none of its own.
    assert schedule_of(model) is None
    found = schedule_of(model, phase=1)
    assert found is not None
    second = model.main.ops[2].outputs[0]
    assert found.lines[second].lead == 1


@pytest.mark.parametrize("reduces", [False, True])
def test_an_average_over_the_image_is_not_written_over_it(*, reduces: bool) -> None:
    drawn = NetSketch(DType.FLOAT32)
    source = drawn.input(1, 8, 4, 2)
    conv = drawn.sliding_conv(source, 2, Sliding((1, 1)), activation=NONE)
    output = drawn.global_pool(conv) if reduces else drawn.unary("RELU", conv)
    model = drawn.finish(output)
    schedule = schedule_of(model)
    assert schedule is not None
    # Its sum is spread over the trips; the output's place is free only after the last.
    assert may_overwrite(model.main, schedule, output, source) is not reduces


@pytest.mark.parametrize("axis", [1, 2])
def test_columns_left_over_are_cut_off_where_the_image_is_one_row_high(axis: int) -> None:
    # With columns to spare CMSIS-NN computes such images wrongly on Helium; rows to spare do no harm.
    def along(extent: int, other: int) -> tuple[int, int]:
        return (extent, other) if axis == 1 else (other, extent)

    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, *along(12, 4 if axis == 1 else 1), 2)
    first = drawn.sliding_conv(source, 2, Sliding((1, 1)))
    short, long = (drawn.sliding_conv(first, 2, Sliding(along(n, 1), along(2, 1), padding=VALID)) for n in (1, 2))
    model = drawn.finish(drawn.binary("ADD", short, long))
    schedule = schedule_of(model)
    assert schedule is not None
    assert schedule.axis == axis
    # Of the two rows of a trip one window takes the first alone.
    assert [(read.start, read.rows) for read in schedule.reads_of(first)] == [(0, 1), (0, 2)]
    body = emit(model, schedule, "loop", LoopOptions(), as_views=False).model.graphs[2]
    windows = [tensor for tensor in body.tensors if tensor.name.endswith("_window")]
    assert len(windows) == (axis == 2)
