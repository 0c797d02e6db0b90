"""Which operators end a stream, what they average, and in which trips rows are added."""

from fractions import Fraction

import pytest

from arenafit.ir import DType, Model, Quant, TensorId
from arenafit.streaming import Reduction, Schedule, Window, emit, find_segment, geometry, make_schedule
from support.models import NONE, RELU, RELU6, VALID
from support.netsketch import NetSketch, Sliding


def sketch(dtype: DType = DType.FLOAT32, *shape: int) -> tuple[NetSketch, TensorId]:
    drawn = NetSketch(dtype, zero_point=-128)
    return drawn, drawn.input(*(shape or (1, 9, 5, 3)))


def of_last(drawn: NetSketch, output: TensorId, axis: int = 1) -> object:
    model = drawn.finish(output)
    return geometry(model.main, model.main.ops[-1], axis)


def scheduled(model: Model, rows: Fraction | int = 1) -> Schedule | None:
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    return make_schedule(model.main, segment, rows)


def test_a_pool_over_the_image_is_a_reduction_along_its_rows_only() -> None:
    drawn, source = sketch()
    output = drawn.global_pool(source, activation=RELU6)
    assert of_last(drawn, output) == Reduction(9, 5, RELU6)
    # Along its columns an image is no run of pixels in the order in which the kernel adds.
    assert isinstance(of_last(drawn, output, 2), Window)


def test_a_pool_may_leave_rows_out_but_no_columns() -> None:
    drawn, source = sketch()
    assert of_last(drawn, drawn.global_pool(source, 2)) == Reduction(7, 5)
    narrow = drawn.sliding_pool(source, Sliding((9, 4), (9, 4), padding=VALID), "AVERAGE")
    assert isinstance(of_last(drawn, narrow), Window)


@pytest.mark.parametrize(("rows", "found"), [(2, Reduction(2, 5, divides_bounded=True)), (1, None)])
def test_two_rows_are_the_least_that_is_averaged_as_they_come(rows: int, found: Reduction | None) -> None:
    drawn, source = sketch(DType.FLOAT32, 1, rows, 5, 3)
    assert of_last(drawn, drawn.mean(source)) == found


def test_a_signal_of_one_row_is_averaged_along_its_width() -> None:
    drawn, source = sketch(DType.FLOAT32, 1, 1, 12, 4)
    assert of_last(drawn, drawn.global_pool(source), 2) == Reduction(12, 1)


@pytest.mark.parametrize("keep_dims", [True, False])
def test_a_mean_over_height_and_width_is_a_reduction(*, keep_dims: bool) -> None:
    drawn, source = sketch()
    assert of_last(drawn, drawn.mean(source, keep_dims=keep_dims)) == Reduction(9, 5, divides_bounded=True)


def test_int8_means_say_how_the_sum_is_rounded() -> None:
    drawn, source = sketch(DType.INT8)
    pool = of_last(drawn, drawn.global_pool(source))
    assert isinstance(pool, Reduction)
    assert pool.quantiser is not None
    assert (pool.quantiser.start, pool.quantiser.zero_point) == (0.0, 0)
    mean = of_last(drawn, drawn.mean(source))
    assert isinstance(mean, Reduction)
    assert mean.quantiser is not None
    assert mean.quantiser.zero_point == -128


def test_a_bounded_int8_pool_and_a_mean_nothing_exact_is_known_of_are_none() -> None:
    drawn, source = sketch(DType.INT8)
    # Bounds would have to be kept apart: the quantiser has those of int8.
    assert isinstance(of_last(drawn, drawn.global_pool(source, activation=RELU)), Window)
    drawn, source = sketch(DType.INT8, 1, 4, 4, 3)
    both_sides = drawn.tensor("both_sides", (1, 4, 4, 3), Quant((0.05,), (0,)))
    drawn.editor.append_op(drawn.editor.make_op("RELU", (source,), (both_sides,)))
    assert of_last(drawn, drawn.mean(both_sides)) is None


def test_a_maximum_is_none() -> None:
    drawn, source = sketch()
    assert isinstance(of_last(drawn, drawn.sliding_pool(source, Sliding((9, 5), (9, 5), padding=VALID), "MAX")), Window)


def delayed(lost: int = 0) -> tuple[Model, TensorId]:
    drawn, source = sketch()
    twice = drawn.sliding_conv(drawn.sliding_conv(source, 2, Sliding((3, 3))), 2, Sliding((3, 3)), activation=NONE)
    output = drawn.global_pool(twice, lost)
    return drawn.finish(output), output


def test_rows_are_averaged_as_they_come() -> None:
    model, output = delayed()
    schedule = scheduled(model)
    assert schedule is not None
    line = schedule.lines[output]
    # The second convolution runs a row late, so that the first trip has nothing to add.
    assert (line.rate, line.lead, line.carry, line.height, schedule.trips) == (1, -1, 0, 9, 10)


def test_rows_that_are_not_averaged_are_not_made() -> None:
    model, output = delayed(lost=2)
    schedule = scheduled(model)
    assert schedule is not None
    assert (schedule.lines[output].height, schedule.trips) == (7, 8)


def test_a_trip_adds_all_its_rows_or_none() -> None:
    model, _ = delayed()
    # Rows -1 to 1 would be half outside.
    assert scheduled(model, 3) is None
    assert scheduled(model, Fraction(1, 2)) is None


@pytest.mark.parametrize("keep_dims", [True, False])
def test_several_rows_a_trip_divide_what_is_averaged(*, keep_dims: bool) -> None:
    drawn, source = sketch()
    output = drawn.mean(drawn.sliding_conv(source, 2, Sliding((1, 1))), keep_dims=keep_dims)
    model = drawn.finish(output)
    schedule = scheduled(model, 3)
    assert schedule is not None
    assert (schedule.lines[output].rate, schedule.trips) == (3, 3)
    assert scheduled(model, 2) is None


def test_nothing_in_a_segment_reads_its_average() -> None:
    drawn, source = sketch()
    conv = drawn.sliding_conv(source, 2, Sliding((3, 3)))
    model = drawn.finish(drawn.sliding_conv(drawn.global_pool(conv), 2, Sliding((1, 1))))
    ops = [op.id for op in model.main.ops]
    assert find_segment(model.main, ops) is None
    assert find_segment(model.main, ops[:2]) is not None


@pytest.mark.parametrize("as_views", [False, True], ids=["tflite", "tflm"])
def test_the_image_is_gone_and_so_is_the_pool(*, as_views: bool) -> None:
    model, output = delayed()
    schedule = scheduled(model)
    assert schedule is not None
    image = model.main.tensor(model.main.ops[1].outputs[0])
    made = emit(model, schedule, "loop", as_views=as_views).model
    names = [op.name for graph in made.graphs for op in graph.ops]
    assert "AVERAGE_POOL_2D" not in names
    assert ("SUM" in names, "DIV" in names) == (True, True)
    assert output in made.main.outputs
    whole = [tensor for tensor in made.all_tensors() if not tensor.is_constant and tensor.shape == image.shape]
    assert whole == []
