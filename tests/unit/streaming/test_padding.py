"""Rows outside the image are set by limits that every kernel library broadcasts as it should."""

from fractions import Fraction

import numpy as np
import pytest

from arenafit.ir import DType, Model
from arenafit.streaming import LoopOptions, emit, find_segment, make_schedule
from support.cmsis_nn import limits_misread, places_read, reads_what_it_should
from support.models import VALID
from support.netsketch import NetSketch, Sliding

ONE = (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((1, 2, 4, 3), (1, 2, 4, 3)),
        ((1, 2, 4, 3), ONE),
        ((1, 1, 4, 3), ONE),
        ((2, 3, 4, 3), (1, 3, 4, 3)),
        ((1, 2, 4, 3), (1, 2, 1, 3)),
        ((1, 2, 4, 1), (1, 2, 4, 1)),
        ((1, 1, 4, 3), (1, 1, 4, 1)),
        ((1, 2, 1, 3), (1, 2, 1, 1)),
        ((1, 2, 4, 3), (3,)),
    ],
)
def test_shapes_that_cmsis_nn_broadcasts(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    assert reads_what_it_should(first, second)
    assert reads_what_it_should(second, first)


def test_cmsis_nn_takes_two_steps_a_row_through_one_element_a_row() -> None:
    # Run on a Cortex-M4: row 1 was bounded by the byte behind the operand.
    _, second = places_read((1, 2, 4, 3), (1, 2, 1, 1))
    assert second.reshape(2, 12).tolist() == [[0] * 12, [2] * 12]
    assert not reads_what_it_should((1, 2, 4, 3), (1, 2, 1, 1))
    assert not reads_what_it_should((1, 2, 1, 1), (1, 2, 4, 3))


def padded_at_lowest(channels: int, width: int = 6) -> Model:
    # At zero point -128 padding is the least value: rows outside are set by MINIMUM.
    drawn = NetSketch(DType.INT8, zero_point=-128)
    source = drawn.sliding_conv(drawn.input(1, 12, width, 2), channels, Sliding((1, 1)))
    return drawn.finish(drawn.sliding_conv(source, 2, Sliding((3, 3))))


def by_rows(model: Model, rows: int, *, as_views: bool = False) -> Model:
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    tries = (make_schedule(model.main, segment, Fraction(rows), phase) for phase in range(4))
    schedule = next(found for found in tries if found is not None)
    return emit(model, schedule, "loop", as_views=as_views).model


@pytest.mark.parametrize("rows", [1, 2, 3, 4])
@pytest.mark.parametrize(("channels", "width"), [(1, 6), (5, 6), (1, 1), (5, 1)])
@pytest.mark.parametrize("as_views", [False, True])
def test_limits_are_read_right_by_cmsis_nn(rows: int, channels: int, width: int, as_views: bool) -> None:
    streamed = by_rows(padded_at_lowest(channels, width), rows, as_views=as_views)
    limits = [op for graph in streamed.graphs for op in graph.ops if op.name == "MINIMUM"]
    assert limits
    assert limits_misread(streamed) == []


def test_a_limit_repeats_one_value_along_each_row() -> None:
    streamed = by_rows(padded_at_lowest(5), 2)
    (mask,) = (tensor for graph in streamed.graphs for tensor in graph.tensors if tensor.name.endswith("/mask"))
    values = mask.array()
    assert mask.shape[1:] == (2, 1, 5)
    assert np.array_equal(values, np.broadcast_to(values[..., :1], values.shape))
    assert set(values.ravel().tolist()) == {-128, 127}


@pytest.mark.parametrize(("phase", "lead", "first"), [(0, 1, "pad_1_before"), (1, -1, "pad_1_unset")])
def test_rows_of_a_pad_that_no_trip_makes_stand_in_the_line_buffer_from_the_start(
    phase: int, lead: int, first: str
) -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.pad(drawn.sliding_conv(drawn.input(1, 16, 6, 2), 3, Sliding((1, 1))), (1, 0), (1, 1))
    model = drawn.finish(drawn.sliding_conv(source, 2, Sliding((3, 3), (2, 2), padding=VALID)))
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    schedule = make_schedule(model.main, segment, Fraction(1), phase)
    assert schedule is not None
    assert (schedule.lines[source].lead, schedule.lines[source].carry) == (lead, 1)
    made = emit(model, schedule, "loop", LoopOptions(held_bytes=0), as_views=True).model
    loop = next(op for op in made.main.ops if op.name == "WHILE")
    assert made.main.tensor(loop.operands[0]).name == f"loop/{first}"
