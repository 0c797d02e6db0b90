"""Stripes of an unrolled segment: which rows an operator makes of some rows alone, and which rows each trip makes."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arenafit.ir import DType, Model
from arenafit.ops.rows import SAME_PADDING, VALID_PADDING, Window, same_padding
from arenafit.streaming import Form, Stripes, find_segment, make_stripes, unroll
from arenafit.streaming.unrolled.estimation import estimate_straight
from arenafit.streaming.unrolled.tiles import RowSpan, made_of
from arenafit.streaming.unrolled.unrolled_ir import MOST_JOINED, straight
from arenafit.targets.target import WHEEL
from arenafit.tflm.footprints import footprint
from support.models import NONE, VALID
from support.netsketch import NetSketch, Sliding

OUTSIDE = "outside"


def taps(start: int, extent: int, rows: RowSpan, height: int) -> list[object]:
    """What a window reads: rows by number, padding where there are none; `rows` are all that stand in memory."""
    return [
        row if rows.first <= row < rows.end and 0 <= row < height else OUTSIDE for row in range(start, start + extent)
    ]


@given(
    st.integers(1, 24), st.integers(1, 5), st.integers(1, 3), st.sampled_from((SAME_PADDING, VALID_PADDING)), st.data()
)
def test_rows_called_right_read_what_they_read_of_the_whole(
    height: int, extent: int, stride: int, padding: int, data: st.DataObject
) -> None:
    before, after = same_padding(height, extent, stride) if padding == SAME_PADDING else (0, 0)
    output_height = (height + before + after - extent) // stride + 1
    if output_height < 1:
        return
    window = Window(extent, stride, before, after)
    first = data.draw(st.integers(0, height - 1))
    rows = RowSpan(first, data.draw(st.integers(first + 1, height)))
    low = data.draw(st.integers(rows.first, rows.end - 1))
    sound = RowSpan(low, data.draw(st.integers(low + 1, rows.end)))
    found = made_of(window, padding, rows, sound, (height, output_height))
    inside = same_padding(rows.size, extent, stride)[0] if padding == SAME_PADDING else 0
    aligned = (rows.first - inside + before) % stride == 0
    if found is None:
        count = -(-rows.size // stride) if padding == SAME_PADDING else (rows.size - extent) // stride + 1
        at = (rows.first - inside + before) // stride
        assert not aligned or count < 1 or at < 0 or at + count > output_height
        return
    made, right = found
    for position in range(made.size):
        output = made.first + position
        reads = taps(rows.first + position * stride - inside, extent, rows, height)
        wanted = taps(output * stride - before, extent, RowSpan(0, height), height)
        agrees = reads == wanted and all(row == OUTSIDE or sound.first <= int(str(row)) < sound.end for row in reads)
        if right.first <= output < right.end:
            assert agrees
        elif right.size:
            # What is called junk is: nothing right is thrown away, but where nothing at all is right.
            assert not agrees


def chain(height: int = 16) -> Model:
    """A depthwise-separable block of stride 1 and one of stride 2."""
    drawn = NetSketch(DType.INT8)
    tensor = drawn.input(1, height, 8, 2)
    tensor = drawn.sliding_conv(drawn.sliding_depthwise(tensor, 1, Sliding((3, 3))), 4, Sliding((1, 1)))
    tensor = drawn.sliding_conv(drawn.sliding_depthwise(tensor, 1, Sliding((3, 3), (2, 2))), 4, Sliding((1, 1)))
    return drawn.finish(tensor)


def striped(model: Model, rows: int, form: Form, count: int | None = None) -> Stripes:
    segment = find_segment(model.main, [op.id for op in model.main.ops[:count]])
    assert segment is not None
    found = make_stripes(model.main, segment, rows, form)
    assert found is not None
    return found


@pytest.mark.parametrize("rows", [1, 3, 4, 7])
def test_the_pieces_are_the_output(rows: int) -> None:
    stripes = striped(chain(), rows, Form())
    pieces = [piece for trip in stripes.trips for piece in trip.pieces.values()]
    assert [row for piece in pieces for row in range(*piece)] == list(range(8))
    assert len(pieces) == -(-8 // rows)


def test_kept_rows_are_made_once() -> None:
    model = chain()
    kept, again = (striped(model, 2, Form(keeps=keeps, most_waste=Fraction(0))) for keeps in (True, False))
    for op in model.main.ops:
        height = model.main.tensor(op.outputs[0]).shape[1]
        assert kept.made_rows(op.id) == height
        assert again.made_rows(op.id) >= height
    assert again.made_rows(model.main.ops[0].id) > model.main.tensor(model.main.ops[0].outputs[0]).shape[1]


def test_waste_is_what_padding_of_columns_costs() -> None:
    model = chain()
    wasteful, exact = (striped(model, 4, Form(most_waste=most)) for most in (Fraction(1), Fraction(0)))
    assert wasteful.wastes
    assert not exact.wastes
    assert sum(wasteful.made_rows(op.id) for op in model.main.ops) > sum(
        exact.made_rows(op.id) for op in model.main.ops
    )
    assert [node.kind for node in straight(model.main, wasteful)].count("pad") == 0
    # The last rows of an even height are what SAME makes of them anyway: one PAD less than depthwise clones.
    assert [node.kind for node in straight(model.main, exact)].count("pad") == 3


def test_rows_nobody_reads_are_not_made() -> None:
    drawn = NetSketch(DType.INT8)
    conv = drawn.sliding_conv(drawn.input(1, 11, 4, 1), 2, Sliding((1, 1)), activation=NONE)
    pool = drawn.sliding_pool(conv, Sliding((2, 2), (3, 2), padding=VALID), "MAX")
    model = drawn.finish(pool)
    stripes = striped(model, 2, Form())
    assert stripes.made_rows(model.main.ops[0].id) == 5 + 5  # two windows of two rows, and the row between them


def test_a_source_is_cut_first_or_trip_by_trip() -> None:
    model = chain()
    stripes = striped(model, 2, Form())
    views = [node.output.whole or node.inputs[0].whole for node in straight(model.main, stripes) if node.kind == "view"]
    assert views.count(True) == 4
    kinds = [node.kind for node in straight(model.main, stripes)]
    assert kinds[:4] == ["view"] * 4
    late = [node.kind for node in straight(model.main, stripes, late=True)]
    assert late[:2] == ["view", "clone"]
    assert sorted(late) == sorted(kinds)


def test_no_concatenation_takes_more_than_the_kernel_does() -> None:
    drawn = NetSketch(DType.INT8)
    model = drawn.finish(drawn.sliding_conv(drawn.input(1, 24, 4, 1), 2, Sliding((1, 1))))
    joins = [node for node in straight(model.main, striped(model, 1, Form())) if node.kind == "join"]
    assert max(len(node.inputs) for node in joins) == MOST_JOINED
    assert joins[-1].output.whole


def test_one_trip_is_no_stripe() -> None:
    model = chain()
    segment = find_segment(model.main, [op.id for op in model.main.ops])
    assert segment is not None
    assert make_stripes(model.main, segment, 8, Form()) is None


@pytest.mark.parametrize("form", [Form(), Form(keeps=True), Form(most_waste=Fraction(0))], ids=str)
def test_the_tail_is_estimated(form: Form) -> None:
    model = chain(32)
    stripes = striped(model, 4, form)
    cost = estimate_straight(model.main, stripes)
    before, after = (footprint(item, WHEEL).tail_bytes for item in (model, unroll(model, stripes, "unrolled")))
    assert 24 * cost.tensors + 80 * cost.nodes + cost.tail_bytes == pytest.approx(after - before, rel=0.15)
    as_views = estimate_straight(model.main, stripes, as_views=True)
    assert as_views.nodes < cost.nodes
    assert as_views.live_bytes == cost.live_bytes
    # An input that must stay whole cannot be overwritten.
    assert estimate_straight(model.main, stripes, keep_inputs=True).live_bytes > cost.live_bytes
