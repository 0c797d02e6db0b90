"""Which input rows an output row needs, worked out by hand; the padding of SAME against the definition."""

import numpy as np
import pytest

from arenafit.ir import DType, Op, TensorId
from arenafit.ops.rows import Geometry, PadValue, Pointwise, Window, same_padding
from arenafit.streaming.op_geometry import geometry
from support.models import SAME, VALID
from support.netsketch import NetSketch, Sliding
from support.rownets import RowSketch


def sketch() -> tuple[RowSketch, TensorId]:
    drawn = RowSketch(DType.INT8)
    return drawn, drawn.input(1, 9, 7, 3)


def of_last(drawn: NetSketch, output: TensorId, axis: int = 1) -> Geometry | None:
    model = drawn.finish(output)
    return geometry(model.main, model.main.ops[-1], axis)


@pytest.mark.parametrize("size", range(1, 12))
@pytest.mark.parametrize("extent", range(1, 7))
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_same_padding_covers_every_output_and_puts_the_odd_row_last(size: int, extent: int, stride: int) -> None:
    before, after = same_padding(size, extent, stride)
    outputs = -(-size // stride)
    assert before <= after <= before + 1
    if before + after:
        assert before + size + after == (outputs - 1) * stride + extent
    else:
        assert (outputs - 1) * stride + extent <= size


def test_a_same_convolution_pads_both_ways() -> None:
    drawn, source = sketch()
    output = drawn.sliding_conv(source, 2, Sliding((3, 5), (2, 1)))
    assert of_last(drawn, output, 1) == Window(3, 2, 1, 1, 2, 2)
    assert of_last(drawn, output, 2) == Window(5, 1, 2, 2, 1, 1)


def test_a_dilated_window_reaches_further() -> None:
    drawn, source = sketch()
    assert of_last(
        drawn, drawn.sliding_depthwise(source, 2, Sliding((3, 2), dilation=(2, 2), padding=VALID))
    ) == Window(5, 1, 0, 0)


def test_a_same_max_pool_pads_with_the_lowest_value() -> None:
    drawn, source = sketch()
    found = of_last(drawn, drawn.sliding_pool(source, Sliding((2, 2), (2, 2), padding=SAME), "MAX"))
    assert found == Window(2, 2, 0, 1, 0, 1, "lowest")


def test_an_average_pool_streams_only_where_it_pads_nothing() -> None:
    drawn, source = sketch()
    valid = drawn.sliding_pool(source, Sliding((2, 2), (2, 2), padding=VALID), "AVERAGE")
    assert of_last(drawn, valid) == Window(2, 2, 0, 0)
    # SAME divides by the taps inside the image; padding only across is refused for the same reason.
    same = drawn.sliding_pool(source, Sliding((1, 3), (1, 1), padding=SAME), "AVERAGE")
    assert of_last(drawn, same) is None


def test_pad_is_a_window_of_one_row() -> None:
    drawn, source = sketch()
    output = drawn.pad(source, (2, 1), (0, 3))
    assert of_last(drawn, output, 1) == Window(1, 1, 2, 1, 0, 3)
    assert of_last(drawn, output, 2) == Window(1, 1, 0, 3, 2, 1)


def test_elementwise_operators_stream_their_operands_and_dedupe_constants() -> None:
    drawn, source = sketch()
    constant = drawn.channel_constant(np.array([[[[0.5, -1.0, 2.0]]]]))
    product = drawn.binary("MUL", source, constant)
    assert of_last(drawn, drawn.binary("ADD", product, source)) == Pointwise((0, 1))
    model = drawn.finish(product)
    assert geometry(model.main, model.main.ops[0], 1) == Pointwise((0,))


def test_a_constant_that_changes_along_the_axis_cannot_be_streamed() -> None:
    drawn, source = sketch()
    rows = drawn.channel_constant(np.linspace(-1, 1, 9).reshape(1, 9, 1, 1))
    output = drawn.binary("MUL", source, rows)
    assert of_last(drawn, output, 1) is None
    assert of_last(drawn, output, 2) == Pointwise((0,))


def test_a_broadcast_operand_that_is_computed_cannot_be_streamed() -> None:
    drawn, source = sketch()
    gate = drawn.input(1, 1, 1, 3)
    assert of_last(drawn, drawn.binary("MUL", source, gate)) is None


def test_concatenation_streams_over_channels_only() -> None:
    drawn, source = sketch()
    assert of_last(drawn, drawn.concat(source, source)) == Pointwise((0, 1))
    model = drawn.finish(drawn.concat(source, source))
    op = model.main.ops[-1]
    assert op.options is not None
    beside = Op(op.id, op.code, op.inputs, op.outputs, op.options.with_values(axis=2))
    assert geometry(model.main, beside, 1) is None


@pytest.mark.parametrize("symmetric", [False, True], ids=["reflect", "symmetric"])
def test_a_mirrored_pad_says_where_its_rows_come_from(*, symmetric: bool) -> None:
    drawn, source = sketch()
    kind: PadValue = "symmetric" if symmetric else "reflect"
    output = drawn.mirror_pad(source, (2, 1), (0, 3), symmetric=symmetric)
    assert of_last(drawn, output, 1) == Window(1, 1, 2, 1, 0, 3, kind)
    assert of_last(drawn, output, 2) == Window(1, 1, 0, 3, 2, 1, kind)


def test_a_mirrored_pad_as_deep_as_the_image_is_left_alone() -> None:
    drawn, source = sketch()
    # Reflection skips the edge: of 9 rows there are 8 to mirror.
    assert of_last(drawn, drawn.mirror_pad(source, (8, 0), (0, 0))) == Window(1, 1, 8, 0, 0, 0, "reflect")
    assert of_last(drawn, drawn.mirror_pad(source, (9, 0), (0, 0))) is None
    assert of_last(drawn, drawn.mirror_pad(source, (9, 0), (0, 0), symmetric=True)) is not None


def rows() -> tuple[RowSketch, TensorId]:
    drawn = RowSketch(DType.INT8)
    return drawn, drawn.input(1, 9, 1, 6)


def test_dense_layers_and_what_works_along_rows_are_streamed() -> None:
    drawn, source = rows()
    assert of_last(drawn, drawn.linear(source, 4)) == Pointwise((0,))
    for name in ("SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION"):
        assert of_last(drawn, drawn.over_last(name, source)) == Pointwise((0,))
    mean = drawn.reduced("MEAN", source, keep=True)
    assert of_last(drawn, mean) == Pointwise((0,))
    # One element a row is spread over the row.
    assert of_last(drawn, drawn.binary("MUL", source, mean)) == Pointwise((0, 1))


def test_a_dense_layer_whose_output_loses_the_rows_is_not_streamed() -> None:
    drawn, source = rows()
    model = drawn.finish(drawn.linear(source, 4))
    op = model.main.ops[-1]
    assert op.options is not None
    flat = Op(op.id, op.code, op.inputs, op.outputs, op.options.with_values(keep_num_dims=False))
    assert geometry(model.main, flat, 1) is None


def test_a_reduction_along_the_streaming_axis_is_not_streamed() -> None:
    drawn, source = rows()
    mean = drawn.reduced("MEAN", source, keep=True)
    along = drawn.editor.add_constant("along", np.array([1], dtype=np.int32))
    model = drawn.finish(mean)
    op = model.main.ops[-1]
    assert geometry(model.main, Op(op.id, op.code, (op.inputs[0], along), op.outputs, op.options), 1) is None


def test_a_reshape_within_rows_is_streamed() -> None:
    drawn, source = sketch()
    within = drawn.viewed(source, (1, 9, 1, 21))
    assert of_last(drawn, within) == Pointwise((0,))
    assert of_last(drawn, within, 2) is None
    assert of_last(drawn, drawn.viewed(source, (1, 7, 9, 3))) is None


def test_what_has_no_rows_cannot_be_streamed() -> None:
    drawn, source = sketch()
    assert of_last(drawn, drawn.reshape(source, 1, 189)) is None
    assert of_last(drawn, drawn.dense(source, 4)) is None
