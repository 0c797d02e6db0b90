"""Which rows operators read that change an image's size, against what their kernels do, worked out row by row."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from arenafit.fit.search.tilings import enumerate_loops
from arenafit.ir import DType, Model
from arenafit.streaming import Schedule, Window, find_segment, geometry, make_schedule
from arenafit.streaming.op_geometry import size_operand
from arenafit.streaming.unrolled.tiles import Form, make_stripes
from support.models import SAME, VALID
from support.netsketch import Sliding
from support.upsampled import UpSketch, unet


def window(model: Model, axis: int = 1) -> Window | None:
    found = geometry(model.main, model.main.ops[-1], axis)
    assert found is None or isinstance(found, Window)
    return found


def resized(
    kind: str, factors: tuple[int, int], dtype: DType = DType.INT8, *, aligned: bool = False, centered: bool = False
) -> Window | None:
    drawn = UpSketch(dtype)
    made = drawn.resize(kind, drawn.input(1, 5, 3, 2), factors, aligned=aligned, centered=centered)
    return window(drawn.finish(made))


@pytest.mark.parametrize(
    ("aligned", "centered"), [(False, False), (False, True), (True, False)], ids=["corner", "centred", "aligned"]
)
def test_the_nearest_row_is_the_same_for_every_row_of_a_step(*, aligned: bool, centered: bool) -> None:
    found = resized("nearest", (2, 3), aligned=aligned, centered=centered)
    assert found is not None
    assert (found.extent, found.stride, found.factor, found.repeats, found.pads) == (1, 1, 2, True, False)


def test_nearest_rows_that_are_not_so_are_refused() -> None:
    # With aligned corners the fourth of twenty rows is already nearer to the second of five.
    assert resized("nearest", (4, 1), aligned=True) is None
    assert resized("nearest", (2, 1), aligned=True, centered=True) is None
    drawn = UpSketch(DType.INT8)
    source = drawn.input(1, 4, 3, 2)
    drawn.resize("nearest", source, (2, 1))
    op = drawn.editor.ops()[-1]
    output = drawn.editor.tensor(op.outputs[0])
    drawn.editor.update_tensor(replace(output, shape=(1, 7, 3, 2)))
    assert window(drawn.finish(output.id)) is None


def test_bilinear_rows_need_their_neighbours() -> None:
    centred = resized("bilinear", (2, 2), centered=True)
    assert centred is not None
    assert (centred.extent, centred.before, centred.after, centred.factor) == (3, 1, 1, 2)
    assert centred.pads
    assert not centred.masks, "rows outside are copies of the nearest"
    assert (centred.skipped, centred.spare, centred.shifts) == (2, 2, False)
    corner = resized("bilinear", (4, 1))
    assert corner is not None
    assert (corner.extent, corner.before, corner.after, corner.skipped, corner.spare) == (2, 0, 1, 0, 4)


def test_bilinear_stripes_of_floats_are_moved_inside_the_image() -> None:
    found = resized("bilinear", (2, 2), DType.FLOAT32, centered=True)
    assert found is not None
    assert found.shifts
    model = unet(DType.FLOAT32, up="bilinear")
    resize = next(op for op in model.main.ops if op.name == "RESIZE_BILINEAR")
    schedule = scheduled(model, [resize.name], 4)
    assert schedule is not None
    # The first stripe of four rows needs rows -1 ... 2: it is moved down by one.
    assert (schedule.reads[0].start, schedule.reads[0].rows, schedule.lines[resize.outputs[0]].lead) == (-1, 4, 0)


def test_bilinear_ratios_that_stripes_do_not_share_are_refused() -> None:
    assert resized("bilinear", (3, 1)) is None
    assert resized("bilinear", (2, 1), aligned=True) is None
    assert resized("bilinear", (1, 3)) == Window(1, 1, 0, 0, exact=True), "columns are whole in every stripe"


@pytest.mark.parametrize("dtype", [DType.INT8, DType.INT16], ids=["int8", "int16"])
def test_an_operator_told_its_size_is_not_unrolled_with_the_whole_one(dtype: DType) -> None:
    drawn = UpSketch(dtype)
    model = drawn.finish(
        drawn.resize("nearest" if dtype is DType.INT16 else "bilinear", drawn.input(1, 6, 3, 2), (1, 2))
    )
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    assert make_schedule(model.main, segment, 1) is not None
    assert make_stripes(model.main, segment, 2, Form()) is None


@pytest.mark.parametrize("padding", [SAME, VALID], ids=["same", "valid"])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("taps", [1, 2, 3, 4, 5, 6])
def test_transposed_convolutions_read_the_rows_that_scatter_into_a_step(taps: int, stride: int, padding: int) -> None:
    height = 4
    drawn = UpSketch(DType.INT8)
    how = Sliding((taps, 3), (stride, 2), padding=padding)
    model = drawn.finish(drawn.transpose_conv(drawn.input(1, height, 3, 2), 3, how))
    found = window(model)
    assert found is not None
    rows = model.main.tensor(model.main.outputs[0]).shape[1]
    pad = max(taps - stride, 0) // 2 if padding == SAME else 0
    step = 2 * stride  # rows 2*stride ... 3*stride lie well inside
    sources = [
        row for row in range(-9, 19) if any(step <= row * stride - pad + tap < step + stride for tap in range(taps))
    ]
    first = 2 - found.before
    assert first <= min(sources)
    assert max(sources) <= first + found.extent - 1
    assert (found.operand, found.factor) == (2, stride)
    # A stripe that makes one step is an image of its own: what it makes before the step is skipped.
    whole = found.extent * stride if padding == SAME else (found.extent - 1) * stride + max(taps, stride)
    assert found.skipped + stride + found.spare == whole
    assert found.skipped == step + pad - (pad if padding == SAME else 0) - first * stride
    read = -(-rows // stride) - 1 - found.before + found.extent
    assert read <= height + found.after


def test_a_transposed_convolution_of_another_size_is_refused() -> None:
    drawn = UpSketch(DType.INT8)
    made = drawn.transpose_conv(drawn.input(1, 4, 4, 2), 3, Sliding((3, 3), (2, 2)))
    drawn.editor.update_tensor(replace(drawn.editor.tensor(made), shape=(1, 7, 8, 3)))
    assert window(drawn.finish(made)) is None


def test_blocks_of_channels_are_rows() -> None:
    drawn = UpSketch(DType.INT8)
    source = drawn.input(1, 4, 6, 4)
    assert window(drawn.finish(drawn.depth_to_space(source, 2))) == Window(1, 1, 0, 0, factor=2)
    drawn = UpSketch(DType.INT8)
    source = drawn.input(1, 4, 6, 4)
    assert window(drawn.finish(drawn.space_to_depth(source, 2))) == Window(2, 2, 0, 0, exact=True)


def test_operators_are_told_the_size_of_a_stripe() -> None:
    drawn = UpSketch(DType.INT8)
    source = drawn.input(1, 4, 4, 2)
    model = drawn.finish(drawn.transpose_conv(drawn.resize("nearest", source, (2, 2)), 3, Sliding((3, 3), (2, 2))))
    resize, transposed = model.main.ops
    assert size_operand(resize, (1, 2, 8, 2)) == (1, (2, 8))
    assert size_operand(transposed, (1, 6, 16, 3)) == (0, (1, 6, 16, 3))
    shapes = [model.main.tensor(op.outputs[0]).shape for op in model.main.ops]
    for op, shape, position in ((resize, shapes[0], 1), (transposed, shapes[1], 0)):
        stated = model.main.inputs_of(op)[position]
        assert stated is not None
        assert size_operand(op, shape) == (position, tuple(np.asarray(stated.array()).tolist()))


def scheduled(model: Model, names: list[str], rows: Fraction | int) -> Schedule | None:
    ops = model.main.ops
    start = next(at for at in range(len(ops)) if [op.name for op in ops[at : at + len(names)]] == names)
    segment = find_segment(model.main, [op.id for op in ops[start : start + len(names)]])
    assert segment is not None
    return make_schedule(model.main, segment, rows)


def test_a_source_is_fetched_row_by_row_where_rows_repeat() -> None:
    model = unet()
    schedule = scheduled(model, ["RESIZE_NEAREST_NEIGHBOR", "CONCATENATION", "CONV_2D"], 1)
    assert schedule is not None
    read = schedule.reads[0]
    assert (read.rows, read.step, read.repeats) == (1, 1, 2)
    assert read.first_rows(np.arange(5)).tolist() == [0, 0, 1, 1, 2]


def test_rows_made_inside_come_in_whole_steps() -> None:
    model = unet()
    names = ["CONV_2D", "RESIZE_NEAREST_NEIGHBOR", "CONCATENATION", "CONV_2D"]
    assert scheduled(model, names, 1) is None
    schedule = scheduled(model, names, 2)
    assert schedule is not None
    conv, up, joined, last = (schedule.lines[op.outputs[0]] for op in schedule.ops)
    assert [line.rate for line in (conv, up, joined, last)] == [1, 2, 2, 2]
    assert up.lead % 2 == 0
    assert last.lead == -2, "one row late would do, but rows are stored two at a time"


def test_the_search_streams_what_upsamples() -> None:
    model = unet()
    found = [
        option
        for option in enumerate_loops(model, longest=6)
        if {"RESIZE_NEAREST_NEIGHBOR", "CONCATENATION"} <= {op.name for op in option.schedule.ops}
    ]
    assert found
    whole = max(tensor.size_bytes for tensor in model.main.tensors if not tensor.is_constant)
    large = [option for option in found if model.main.ops[option.end - 1].outputs == model.main.ops[-3].outputs]
    assert large
    # The skip's tensor, and what is made of it in its place: the two joined ones never exist.
    assert min(option.live_bytes for option in large) < 2 * whole


def test_trips_make_whole_steps_however_many_rows_these_have() -> None:
    drawn = UpSketch(DType.INT8)
    small = drawn.sliding_conv(drawn.input(1, 6, 4, 1), 1, Sliding((1, 1)))
    model = drawn.finish(drawn.resize("nearest", small, (12, 1)))
    assert {option.rows for option in enumerate_loops(model) if len(option.schedule.ops) == 2} == {12, 24}
