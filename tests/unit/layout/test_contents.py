"""What is a copy of what, byte by byte: a view may lie in its source, but what is joined to it may not run on."""

import numpy as np

from arenafit.ir import DType, Model, Options, TensorId
from arenafit.layout import Scratch, choose_layout, lay_out, sharing_bound_bytes, timeline
from arenafit.layout.alias_sets import AliasSets
from arenafit.layout.contents import Contents
from arenafit.tflite import make_options
from support.netsketch import NetSketch


def sliced(drawn: NetSketch, source: TensorId, rows: int) -> TensorId:
    output = drawn.tensor("part", (1, rows, 4, 4), drawn.quant(source))
    start = drawn.editor.add_constant("begin", np.zeros(4, dtype=np.int32))
    size = drawn.editor.add_constant("size", np.array([1, rows, 4, 4], dtype=np.int32))
    drawn.editor.append_op(drawn.editor.make_op("SLICE", (source, start, size), (output,), Options("SliceOptions")))
    return output


def joined(drawn: NetSketch, *parts: TensorId) -> TensorId:
    shapes = [drawn.editor.tensor(part).shape for part in parts]
    output = drawn.tensor("joined", (1, sum(shape[1] for shape in shapes), 4, 4), drawn.quant(parts[0]))
    options = make_options("ConcatenationOptions", axis=1)
    drawn.editor.append_op(drawn.editor.make_op("CONCATENATION", parts, (output,), options))
    return output


def view_joined_with_more() -> tuple[Model, TensorId, TensorId, TensorId]:
    """The first rows of a tensor, joined with other rows while the tensor itself is still to be read."""
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 4))
    other = drawn.unary("RELU", drawn.input(1, 2, 4, 4))
    part = sliced(drawn, source, 2)
    whole = joined(drawn, part, other)
    return drawn.finish(drawn.binary("ADD", whole, source)), source, part, whole


def test_what_is_joined_to_a_view_does_not_run_into_its_source() -> None:
    model, source, part, whole = view_joined_with_more()
    contents = Contents(model, timeline(model))
    assert contents.same(source, 0, part, 0)
    assert contents.same(whole, 0, part, 0)
    assert not contents.same(source, 0, whole, 0)  # the rows after the view differ
    found = AliasSets(model, timeline(model))
    assert found.tie(source, part, 0)
    assert not found.tie(whole, part, 0)


def test_no_plan_lays_them_over_each_other() -> None:
    model, source, _, whole = view_joined_with_more()
    for layout in (lay_out(model), choose_layout(model).layout):
        low, high = sorted((layout.offsets_bytes[source], layout.offsets_bytes[whole]))
        assert high - low >= model.tensors[source].size_bytes


def test_joined_parts_that_stood_so_before_are_the_same_bytes() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.unary("RELU", drawn.input(1, 4, 4, 4))
    again = joined(drawn, sliced(drawn, source, 4))
    model = drawn.finish(drawn.binary("ADD", again, source))
    assert Contents(model, timeline(model)).same(source, 0, again, 0)


def test_what_is_written_twice_is_copied_to_nowhere() -> None:
    def is_copy(*, written_again: bool) -> bool:
        drawn = NetSketch(DType.INT8)
        start = drawn.input(1, 4, 4, 4)
        source = drawn.unary("RELU", start)
        again = joined(drawn, sliced(drawn, source, 4))
        if written_again:
            drawn.editor.append_op(drawn.editor.make_op("TANH", (start,), (source,)))
        model = drawn.finish(drawn.binary("ADD", again, source))
        return Contents(model, timeline(model)).same(source, 0, again, 0)

    assert is_copy(written_again=False)
    assert not is_copy(written_again=True)


def test_of_two_operands_the_one_is_chosen_that_lowers_the_plan() -> None:
    # The first operand is read again, and the second is large: its place must be taken.
    drawn = NetSketch(DType.INT8)
    left = drawn.unary("RELU", drawn.input(1, 8, 8, 8))
    right = drawn.unary("TANH", left)
    result = drawn.binary("ADD", left, right)
    model = drawn.finish(drawn.binary("ADD", result, left))
    found = choose_layout(model)
    assert found.optimal
    assert found.layout.height_bytes == 2 * 512


def test_the_bound_counts_results_in_place_once_and_scratch_beside_them() -> None:
    drawn = NetSketch(DType.INT8)
    model = drawn.finish(drawn.unary("RELU", drawn.input(1, 8, 8, 8)))
    assert sharing_bound_bytes(model) == 512
    assert sharing_bound_bytes(model, [Scratch(model.main.ops[0].id, 100)]) == 512 + 112


def test_misaligned_neighbours_are_refused() -> None:
    # A float tensor would begin 3 bytes into a group that begins aligned.
    drawn = NetSketch(DType.FLOAT32)
    source = drawn.unary("RELU", drawn.input(1, 2, 2, 2))
    result = drawn.unary("RELU", source)
    found = AliasSets(drawn.finish(result), timeline(drawn.finish(result)))
    assert not found.tie(source, result, 33)
    assert found.tie(source, result, 36)
