"""Schedules of small chains, worked out by hand: rates, leads, carried rows, trips, sweeps."""

from dataclasses import replace
from fractions import Fraction

import pytest

from arenafit.ir import DType, Editor, Model, TensorId
from arenafit.streaming import Schedule, find_segment, make_schedule
from support.models import NONE, SAME, VALID
from support.netsketch import NetSketch, Sliding


def scheduled(model: Model, rows: Fraction | int = 1, phase: int = 0) -> Schedule:
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    found = make_schedule(model.main, segment, rows, phase)
    assert found is not None
    return found


def figures(schedule: Schedule, tensor: TensorId) -> tuple[int, int, int]:
    line = schedule.lines[tensor]
    return line.rate, line.lead, line.carry


def valid_chain() -> tuple[Model, TensorId, TensorId]:
    """3x3 VALID, then a 2x2 pooling: 12 rows become 10, become 5."""
    drawn = NetSketch(DType.INT8)
    conv = drawn.sliding_conv(drawn.input(1, 12, 6, 1), 2, Sliding((3, 3), padding=VALID))
    pool = drawn.sliding_pool(conv, Sliding((2, 2), (2, 2), padding=VALID), "MAX")
    return drawn.finish(pool), conv, pool


def test_a_pooling_sets_the_pace_of_the_convolution_before_it() -> None:
    model, conv, pool = valid_chain()
    schedule = scheduled(model)
    # A pooled row needs two rows of the convolution, which needs four of the input; nothing is carried.
    assert (figures(schedule, conv), figures(schedule, pool)) == ((2, 0, 0), (1, 0, 0))
    first = next(schedule.reads_of(model.main.inputs[0]))
    assert (first.start, first.rows, first.step) == (0, 4, 2)
    assert schedule.trips == 5


def test_more_rows_a_trip_must_divide_the_output() -> None:
    model, conv, _ = valid_chain()
    whole = scheduled(model, 5)
    assert (figures(whole, conv), whole.trips) == ((10, 0, 0), 1)
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    assert make_schedule(model.main, segment, 2) is None


def test_a_half_row_sweeps_the_pooling_window_one_row_a_trip() -> None:
    model, conv, pool = valid_chain()
    schedule = scheduled(model, Fraction(1, 2))
    # One row of the convolution a trip, one kept; the window ends with the newest, so it begins a row before the first.
    assert figures(schedule, conv) == (1, 0, 1)
    line = schedule.lines[pool]
    assert line.sweep is not None
    assert (line.sweep.origin, line.sweep.step, line.sweep.stride) == (-1, 1, 2)
    read = next(schedule.reads_of(conv))
    assert (read.start, read.rows, read.step) == (-1, 2, 1)
    # Ten trips for ten rows of the convolution; what is made between two rows is stored where the next one goes.
    assert schedule.trips == 10
    assert line.sweep.rows(10, 5) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_padding_rows_that_come_before_the_first_trip_are_not_left_out_of_an_output() -> None:
    drawn = NetSketch(DType.FLOAT32)
    pool = drawn.sliding_pool(drawn.input(1, 3, 1, 1), Sliding((1, 1), (2, 1)), "MAX")
    model = drawn.finish(drawn.pad(pool, (1, 0), (0, 0)))
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    # The row of padding is above what trip 0 makes: a phase of one row makes room for it.
    assert make_schedule(model.main, segment, 1) is None
    assert scheduled(model, 1, phase=1).trips == 3


def test_same_padding_delays_the_second_convolution_by_a_row() -> None:
    drawn = NetSketch(DType.INT8)
    first = drawn.sliding_conv(drawn.input(1, 8, 6, 1), 2, Sliding((3, 3)))
    second = drawn.sliding_conv(first, 2, Sliding((3, 3)))
    schedule = scheduled(drawn.finish(second))
    # In trip 0 the first makes row 0 out of rows -1..1; the second's row 0 needs row 1: it makes row -1, one late.
    assert figures(schedule, first) == (1, 0, 2)
    assert figures(schedule, second) == (1, -1, 0)
    assert schedule.trips == 9


def test_a_residual_keeps_the_rows_that_the_branch_is_behind() -> None:
    drawn = NetSketch(DType.INT8)
    stem = drawn.sliding_conv(drawn.input(1, 8, 6, 1), 2, Sliding((1, 1)))
    branch = drawn.sliding_conv(stem, 2, Sliding((3, 3)), activation=NONE)
    model = drawn.finish(drawn.binary("ADD", stem, branch))
    schedule = scheduled(model)
    # The branch runs a row late; the sum reads the stem's row of then, inside the two rows carried for the window.
    assert figures(schedule, stem) == (1, 0, 2)
    assert figures(schedule, branch) == (1, -1, 0)
    reads = {(read.op, read.tensor): (read.start, read.rows) for read in schedule.reads}
    window, total = model.main.ops[1].id, model.main.ops[2].id
    assert (reads[window, stem], reads[total, stem], reads[total, branch]) == ((-2, 3), (-1, 1), (-1, 1))


def test_strides_multiply_the_rates() -> None:
    drawn = NetSketch(DType.INT8)
    first = drawn.sliding_conv(drawn.input(1, 24, 6, 1), 2, Sliding((3, 3), (2, 2)))
    second = drawn.sliding_depthwise(first, 1, Sliding((3, 3), (3, 3)))
    schedule = scheduled(drawn.finish(second))
    assert (schedule.lines[first].rate, schedule.lines[second].rate) == (3, 1)
    # 24 rows, SAME, stride 2: nothing before; 12 rows, stride 3: nothing before: all windows begin together.
    assert (figures(schedule, first), figures(schedule, second)) == ((3, 0, 0), (1, 0, 0))
    assert schedule.trips == 4


def test_branches_of_different_strides_cannot_meet() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, 8, 8, 2)
    narrow = drawn.sliding_pool(source, Sliding((2, 2), (2, 2), padding=VALID), "MAX")
    model = drawn.finish(narrow, drawn.sliding_conv(source, 2, Sliding((3, 3))))
    # Two outputs, unrelated: no rate follows from one to the other.
    assert find_segment(model.main, [op.id for op in model.main.ops]) is None


def test_a_segment_that_is_left_and_entered_again_is_refused() -> None:
    drawn = NetSketch(DType.INT8)
    first = drawn.sliding_conv(drawn.input(1, 8, 6, 1), 2, Sliding((3, 3)))
    beside = drawn.unary("RELU", first)
    model = drawn.finish(drawn.binary("ADD", first, beside))
    ops = [op.id for op in model.main.ops]
    assert find_segment(model.main, [ops[0], ops[2]]) is None
    found = find_segment(model.main, ops)
    assert found is not None
    assert (found.sources, found.outputs) == (model.main.inputs, model.main.outputs)


def test_a_tensor_read_outside_is_an_output_of_the_segment() -> None:
    drawn = NetSketch(DType.INT8)
    first = drawn.sliding_conv(drawn.input(1, 8, 6, 1), 2, Sliding((3, 3)))
    second = drawn.sliding_conv(first, 2, Sliding((3, 3)))
    model = drawn.finish(drawn.binary("ADD", first, second))
    found = find_segment(model.main, [op.id for op in model.main.ops[:2]])
    assert found is not None
    assert found.outputs == (first, second)


def test_a_signal_of_one_row_streams_along_its_width() -> None:
    drawn = NetSketch(DType.INT8)
    conv = drawn.sliding_conv(drawn.input(1, 1, 16, 2), 2, Sliding((1, 5)))
    schedule = scheduled(drawn.finish(drawn.sliding_conv(conv, 2, Sliding((1, 3)))))
    assert (schedule.axis, figures(schedule, conv)) == (2, (1, 0, 2))


def test_a_tensor_padded_with_two_values_is_not_streamed() -> None:
    def inception(zero_point: int) -> Model:
        drawn = NetSketch(DType.INT8, zero_point=zero_point)
        stem = drawn.sliding_conv(drawn.input(1, 8, 6, 1), 2, Sliding((1, 1)))
        window = drawn.sliding_conv(stem, 2, Sliding((3, 3)))
        return drawn.finish(drawn.concat(window, drawn.sliding_pool(stem, Sliding((3, 3)), "MAX")))

    model = inception(3)
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    assert make_schedule(model.main, segment, 1) is None
    # At -128 the zero point is the lowest value, so one line buffer serves both.
    assert scheduled(inception(-128)).trips == 9


@pytest.mark.parametrize("padding", [SAME, VALID])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("height", [7, 12])
def test_every_row_is_stored_once_its_operands_are_there(height: int, kernel: int, stride: int, padding: int) -> None:
    """The definition, against any chain: rows an output row needs were made in its trip or before, and still kept."""
    drawn = NetSketch(DType.INT8)
    first = drawn.sliding_conv(drawn.input(1, height, 4, 1), 2, Sliding((3, 3)))
    second = drawn.sliding_conv(first, 2, Sliding((kernel, kernel), (stride, stride), padding=padding))
    model = drawn.finish(drawn.sliding_depthwise(second, 1, Sliding((3, 3))))
    schedule = scheduled(model)
    for read in schedule.reads:
        if read.tensor not in schedule.lines:
            continue
        line = schedule.lines[read.tensor]
        assert read.step == line.rate
        assert read.start >= line.lead - line.carry
        assert read.start + read.rows <= line.lead + line.rate
    for output in schedule.outputs:
        line = schedule.lines[output]
        made = {line.lead + line.rate * trip + row for trip in range(schedule.trips) for row in range(line.rate)}
        assert set(range(line.height)) <= made


def test_a_sum_of_two_windows_swept_apart_is_refused() -> None:
    # A residual block of stride 2 with a projection: in half a row a trip the windows end in different trips.
    drawn = NetSketch(DType.INT8)
    stem = drawn.sliding_conv(drawn.input(1, 16, 6, 1), 2, Sliding((3, 3)))
    branch = drawn.sliding_conv(stem, 2, Sliding((3, 3), (2, 2)), activation=NONE)
    other = drawn.sliding_conv(stem, 2, Sliding((1, 1), (2, 2)), activation=NONE)
    model = drawn.finish(drawn.binary("ADD", branch, other))
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    found = make_schedule(model.main, segment, Fraction(1, 2))
    if found is not None:
        sweeps = {found.lines[tensor].sweep for tensor in (branch, other)}
        assert len(sweeps) == 1
    assert scheduled(model, 1).trips == 8 + 1


def test_unsigned_bytes_are_not_streamed() -> None:
    # Of the operators that move rows TFLM has none for uint8.
    drawn = NetSketch(DType.INT8)
    model = drawn.finish(drawn.sliding_conv(drawn.input(1, 6, 3, 1), 4, Sliding((1, 1))))
    editor = Editor(model)
    for tensor in model.main.tensors:
        if not tensor.is_constant:
            editor.update_tensor(replace(tensor, dtype=DType.UINT8))
    unsigned = editor.build()
    segment = find_segment(unsigned.main, [op.id for op in unsigned.main.ops])
    assert segment is not None
    assert make_schedule(unsigned.main, segment, 1) is None
