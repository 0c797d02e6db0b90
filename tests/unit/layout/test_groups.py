"""Which tensors may share memory: each rule that refuses, beside the case it allows."""

import numpy as np
import pytest

from arenafit.ir import DType, Model, Options, TensorId
from arenafit.layout import Behind, Hints, timeline
from arenafit.layout.alias_sets import AliasSets
from arenafit.layout.placement import AliasedModel, LayoutSearch
from arenafit.streaming import Streamed, emit, find_segment, make_schedule
from support.models import VALID
from support.netsketch import NetSketch, Sliding
from support.small_models import while_loop


def groups(model: Model, hints: Hints | None = None) -> AliasSets:
    return AliasSets(model, timeline(model), hints)


def named(model: Model, name: str) -> TensorId:
    return next(tensor.id for tensor in model.all_tensors() if tensor.name == name)


def test_an_elementwise_result_takes_the_place_of_an_operand_that_dies() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 2))
    result = drawn.unary("RELU", source)
    found = groups(drawn.finish(result))
    assert found.tie(source, result, 0)
    assert found.find(result) == (source, 0)


def test_not_at_another_distance() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 2))
    result = drawn.unary("RELU", source)
    found = groups(drawn.finish(result))
    assert not found.tie(source, result, 16)
    assert found.tie(source, result, 32)  # beside each other they do not touch
    assert not found.tie(source, result, 0)  # one distance only
    assert found.tie(result, source, -32)


def test_not_where_the_operand_is_read_again() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 2))
    result = drawn.unary("RELU", source)
    assert not groups(drawn.finish(drawn.binary("ADD", result, source))).tie(source, result, 0)


def test_not_by_an_operator_that_reads_after_it_wrote() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 2))
    result = drawn.sliding_conv(source, 2, Sliding((1, 1)))
    assert not groups(drawn.finish(result)).tie(source, result, 0)


def test_a_view_that_is_read_later_keeps_its_source_from_being_overwritten() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 2))
    view = drawn.reshape(source, 1, 32)
    result = drawn.unary("RELU", source)
    flat = drawn.reshape(result, 1, 32)
    model = drawn.finish(drawn.binary("ADD", flat, view))
    found = groups(model)
    assert found.tie(source, view, 0)
    # The operand itself dies, but what stands in its place is wanted under another name.
    assert not found.tie(source, result, 0)
    # The other way round: in place first, then the view is refused.
    other = groups(model)
    assert other.tie(source, result, 0)
    assert not other.tie(source, view, 0)


def test_a_refused_tie_leaves_no_trace() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 2))
    view = drawn.reshape(source, 1, 32)
    result = drawn.unary("RELU", source)
    model = drawn.finish(drawn.binary("ADD", drawn.reshape(result, 1, 32), view))
    found = groups(model)
    assert found.tie(source, result, 0)
    assert not found.tie(source, view, 0)
    assert found.find(view) == (view, 0)
    # Content was not taken for shared: beside each other is fine, over each other is still refused.
    assert not found.tie(view, result, 0)


def sliced(begin: int, rows: int) -> tuple[Model, TensorId, TensorId]:
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 6, 4, 2))
    output = drawn.tensor("part", (1, rows, 4, 2))
    start = drawn.editor.add_constant("begin", np.array([0, begin, 0, 0], dtype=np.int32))
    size = drawn.editor.add_constant("size", np.array([1, rows, 4, 2], dtype=np.int32))
    drawn.editor.append_op(drawn.editor.make_op("SLICE", (source, start, size), (output,), Options("SliceOptions")))
    return drawn.finish(output), source, output


@pytest.mark.parametrize(("distance", "allowed"), [(0, True), (8, True), (16, True), (24, False), (47, False)])
def test_a_slice_may_write_before_what_it_reads(distance: int, allowed: bool) -> None:
    # Rows 2..4 of 8 bytes: the copy runs forward, so that its result may stand up to 16 bytes after the source.
    model, source, output = sliced(2, 3)
    assert groups(model).tie(source, output, distance) is allowed


def test_constants_have_no_place() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, 4, 4, 2)
    constant = drawn.channel_constant(np.array([[[[1.0, 2.0]]]]))
    model = drawn.finish(drawn.binary("MUL", source, constant))
    assert not groups(model).tie(source, constant, 0)


def test_one_state_of_a_loop_keeps_its_address() -> None:
    model = while_loop()
    loop, cond, body = model.main.ops[0], model.graphs[1], model.graphs[2]
    found = groups(model)
    for position in range(2):
        for tensor in (cond.inputs[position], body.inputs[position], body.outputs[position]):
            assert found.tie(loop.outputs[position], tensor, 0)
    root, _ = found.find(loop.outputs[0])
    assert found.find(body.outputs[0])[0] == root


def test_two_states_of_a_loop_do_not_share_one() -> None:
    model = while_loop(size=1)
    body = model.graphs[2]
    found = groups(model)
    assert not found.tie(body.inputs[0], body.inputs[1], 0)
    assert not found.tie(body.outputs[0], body.outputs[1], 0)
    assert found.tie(body.inputs[0], body.inputs[1], 16)


def pooled() -> tuple[Streamed, Behind]:
    """A loop whose output runs behind the rows it reads of a tensor that the main graph made."""
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 8, 4, 2))
    conv = drawn.sliding_conv(source, 2, Sliding((1, 1)))
    model = drawn.finish(drawn.sliding_pool(conv, Sliding((2, 2), (2, 2), padding=VALID), "MAX"))
    segment = find_segment(model.main, [op.id for op in model.main.ops[1:]])
    assert segment is not None
    schedule = make_schedule(model.main, segment, 1)
    assert schedule is not None
    streamed = emit(model, schedule, "loop")
    (permission,) = streamed.hints.behind
    return streamed, permission


@pytest.mark.parametrize("more", [-16, 0, 1, 16])
def test_a_loop_output_runs_behind_its_source_as_far_as_permitted(more: int) -> None:
    streamed, permission = pooled()
    found = groups(streamed.model, streamed.hints)
    allowed = found.tie(permission.other, permission.tensor, permission.distance_bytes + more)
    assert allowed is (more <= 0)


def test_without_the_permission_it_is_refused() -> None:
    streamed, permission = pooled()
    found = groups(streamed.model)
    assert not found.tie(permission.other, permission.tensor, permission.distance_bytes)


def test_ties_of_groups_move_whole_groups() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 2))
    view = drawn.reshape(source, 1, 32)
    other = drawn.unary("LOGISTIC", drawn.input(1, 4, 4, 2))
    beside = drawn.reshape(other, 1, 32)
    model = drawn.finish(drawn.binary("ADD", view, beside))
    found = groups(model)
    assert found.tie(source, view, 0)
    assert found.tie(other, beside, 0)
    assert found.tie(view, beside, 32)
    assert {found.find(tensor)[0] for tensor in (source, view, other, beside)} == {found.find(source)[0]}
    assert found.find(other)[1] - found.find(source)[1] == 32


def test_a_group_of_windows_alone_occupies_nothing() -> None:
    """Once "max() arg is an empty sequence": a window that was tied to none of what it looks at."""
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 2))
    view = drawn.unary("RELU", source)
    model = drawn.finish(drawn.unary("RELU", view))
    plain = AliasedModel(model, timeline(model), groups(model))
    hinted = AliasedModel(model, timeline(model), groups(model, Hints(windows=frozenset({view}))))
    sizes = [dict(zip(tied.by_anchor, tied.compounds, strict=True))[view].size_bytes for tied in (plain, hinted)]
    assert sizes == [32, 0]
    made = [LayoutSearch(tied) for tied in (plain, hinted)]
    for layouting in made:
        layouting.go(1)
    assert made[0].layout().offsets_bytes.keys() == made[1].layout().offsets_bytes.keys()
