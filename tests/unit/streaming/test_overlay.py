"""Writing a loop's output over what it reads: where that is allowed, and at what distance."""

from fractions import Fraction

import numpy as np
import pytest

from arenafit.ir import DType, Model, TensorId
from arenafit.streaming import Schedule, find_segment, make_schedule
from arenafit.streaming.overwrite import may_overwrite, overwrite_distance, stored_rows, taken_rows
from support.models import NONE, VALID, activation_quant
from support.netsketch import NetSketch, Sliding


def scheduled(model: Model, rows: Fraction | int = 1, count: int | None = None) -> Schedule:
    segment = find_segment(model.main, [op.id for op in model.main.ops[:count]])
    assert segment is not None
    found = make_schedule(model.main, segment, rows)
    assert found is not None
    return found


def pooled(channels: int = 2) -> tuple[Model, TensorId, TensorId]:
    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, 8, 4, 2)
    conv = drawn.sliding_conv(source, channels, Sliding((1, 1)), activation=NONE)
    output = drawn.sliding_pool(conv, Sliding((2, 2), (2, 2), padding=VALID), "MAX")
    return drawn.finish(output), source, output


def test_a_pooled_row_may_be_written_where_its_window_was_read() -> None:
    model, source, output = pooled()
    schedule = scheduled(model)
    # Trip t reads rows 2t and 2t + 1 of 8 bytes and writes row t of 4: it never catches up. More than 0 is not offered.
    assert may_overwrite(model.main, schedule, output, source)
    assert overwrite_distance(model.main, schedule, output, source) == 0
    assert stored_rows(schedule, schedule.lines[output]).tolist() == [0, 1, 2, 3]


def test_a_window_that_looks_back_needs_the_row_before() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, 8, 4, 2)
    output = drawn.sliding_conv(source, 2, Sliding((3, 3)))
    model = drawn.finish(output)
    schedule = scheduled(model)
    # Trip t + 1 still reads row t, which trip t would have written: the output must begin a row of 8 bytes before.
    assert overwrite_distance(model.main, schedule, output, source) == -8


@pytest.mark.parametrize("symmetric", [False, True], ids=["reflect", "symmetric"])
@pytest.mark.parametrize("rows", [1, 2, 4])
def test_mirrored_rows_are_taken_as_numpy_pads_them(rows: int, *, symmetric: bool) -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, 7, 4, 2)
    output = drawn.mirror_pad(source, (2, 3), (1, 0), symmetric=symmetric)
    model = drawn.finish(output)
    schedule = scheduled(model, rows)
    taken = taken_rows(schedule.reads[0], schedule.trips, 7)
    wanted = np.pad(np.arange(7), (2, 3), mode="symmetric" if symmetric else "reflect")
    assert taken.reshape(-1)[:12].tolist() == wanted.tolist()
    # The last rows are read once more at the end, so the output must begin well before its source.
    distance = overwrite_distance(model.main, schedule, output, source)
    written = (stored_rows(schedule, schedule.lines[output]) + rows) * 10
    for trip in range(schedule.trips - 1):
        assert distance + written[trip] <= taken[trip + 1 :].min() * 8
    assert any(distance + written[trip] == taken[trip + 1 :].min() * 8 for trip in range(schedule.trips - 1))


def test_an_input_that_must_be_kept_is_not_overwritten() -> None:
    model, source, output = pooled()
    schedule = scheduled(model)
    assert not may_overwrite(model.main, schedule, output, source, keep_inputs=True)


def test_a_tensor_that_is_needed_later_is_not_overwritten() -> None:
    def last_is_convolution(*, read_again: bool) -> bool:
        drawn = NetSketch(DType.INT8)
        source = drawn.unary("RELU", drawn.input(1, 8, 4, 2))
        output = drawn.sliding_conv(source, 2, Sliding((1, 1)))
        model = drawn.finish(drawn.binary("ADD", output, source) if read_again else output)
        segment = find_segment(model.main, [model.main.ops[1].id])
        assert segment is not None
        schedule = make_schedule(model.main, segment, 1)
        assert schedule is not None
        return may_overwrite(model.main, schedule, output, source)

    assert last_is_convolution(read_again=False)
    assert not last_is_convolution(read_again=True)


def test_a_larger_output_begins_before_its_source() -> None:
    model, source, output = pooled(channels=12)
    schedule = scheduled(model)
    # 96 bytes in four rows over 64 in eight: after three trips 72 bytes are written, where 48 may be.
    assert overwrite_distance(model.main, schedule, output, source) == -24
    assert may_overwrite(model.main, schedule, output, source)


def test_another_element_type_may_run_over_it() -> None:
    drawn = NetSketch(DType.FLOAT32)
    source = drawn.input(1, 8, 4, 2)
    output = drawn.editor.add_tensor("stored", DType.INT8, (1, 8, 4, 2), quant=activation_quant(DType.INT8))
    drawn.editor.append_op(drawn.editor.make_op("QUANTIZE", (source,), (output,)))
    model = drawn.finish(output)
    schedule = scheduled(model)
    assert may_overwrite(model.main, schedule, output, source)


@pytest.mark.parametrize("kernel", [1, 3])
def test_columns_of_an_image_are_no_runs_of_bytes(kernel: int) -> None:
    # Only the output is one row high, so columns are streamed; those of the source lie apart in memory.
    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, 3, 6, 1)
    output = drawn.sliding_conv(source, 1, Sliding((3, kernel), padding=VALID))
    model = drawn.finish(output)
    schedule = scheduled(model)
    assert schedule.axis == 2
    assert not may_overwrite(model.main, schedule, output, source)
