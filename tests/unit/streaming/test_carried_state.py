"""What loops as valid TFLite are made of: as few operators and tensors as the signature of a WHILE allows."""

from arenafit.ir import DType, Graph, Model, OpId
from arenafit.streaming import LoopOptions, Streamed, emit, find_segment, make_schedule
from support.models import VALID
from support.netsketch import NetSketch, Sliding


def streamed(model: Model, ops: tuple[OpId, ...], label: str = "loop") -> Streamed:
    segment = find_segment(model.main, ops)
    assert segment is not None
    schedule = make_schedule(model.main, segment, 1)
    assert schedule is not None
    return emit(model, schedule, label)


def two_convolutions(dtype: DType = DType.INT8) -> Model:
    drawn = NetSketch(dtype)
    tensor = drawn.input(1, 8, 6, 2)
    for _ in range(2):
        tensor = drawn.sliding_conv(tensor, 3, Sliding((1, 1)))
    return drawn.finish(tensor)


def names(graph: Graph) -> list[str]:
    return [op.name for op in graph.ops]


def test_no_operator_makes_the_first_content_of_an_output() -> None:
    for dtype in (DType.INT8, DType.INT16, DType.FLOAT32):
        model = two_convolutions(dtype)
        made = streamed(model, tuple(op.id for op in model.main.ops))
        assert names(made.model.main) == ["WHILE"]
        [unset] = [tensor for tensor in made.model.main.tensors if tensor.is_variable]
        assert made.hints.unset == {unset.id}
        # It stands where the output does, or the loop would copy it there, over rows that are yet to be read.
        assert (made.model.main.outputs[0], unset.id, 0) in made.hints.tied


def test_loops_begin_with_one_constant() -> None:
    model = two_convolutions()
    once = streamed(model, (model.main.ops[0].id,)).model
    twice = streamed(once, (model.main.ops[1].id,), label="again").model
    first, second = twice.main.ops
    assert names(twice.main) == ["WHILE", "WHILE"]
    assert first.inputs[0] == second.inputs[0]


def test_a_trip_that_keeps_just_the_rows_it_made_cuts_nothing_out() -> None:
    drawn = NetSketch(DType.INT8)
    made = drawn.sliding_conv(drawn.input(1, 9, 6, 2), 3, Sliding((1, 1)))
    model = drawn.finish(drawn.sliding_pool(made, Sliding((2, 2), (1, 1), padding=VALID), "MAX"))
    body = streamed(model, tuple(op.id for op in model.main.ops)).model.graphs[2]
    [joined] = [op for op in body.ops if op.name == "CONCATENATION"]
    # One row is kept, one is made: the next trip finds what this one appended.
    assert body.outputs[body.inputs.index(joined.operands[0])] == joined.operands[1]
    assert names(body).count("SLICE") == 1  # the row of the control table


def test_slices_to_the_end_share_their_size() -> None:
    drawn = NetSketch(DType.INT8)
    made = drawn.sliding_conv(drawn.input(1, 9, 6, 2), 3, Sliding((1, 1)))
    model = drawn.finish(drawn.sliding_pool(made, Sliding((3, 1), (1, 1), padding=VALID), "MAX"))
    body = streamed(model, tuple(op.id for op in model.main.ops)).model.graphs[2]
    sizes = [body.tensor(op.operands[2]).array().tolist() for op in body.ops if op.name == "SLICE"]
    assert [1, -1, -1, -1] in sizes  # as those of masks, too


def test_rows_of_earlier_trips_alone_are_read_where_they_are_carried() -> None:
    drawn = NetSketch(DType.INT8)
    first = drawn.sliding_conv(drawn.input(1, 12, 6, 2), 3, Sliding((1, 1)))
    second = drawn.sliding_conv(drawn.sliding_conv(first, 3, Sliding((3, 3))), 3, Sliding((3, 3)))
    model = drawn.finish(drawn.binary("ADD", first, second))
    segment = find_segment(model.main, tuple(op.id for op in model.main.ops))
    assert segment is not None
    schedule = make_schedule(model.main, segment, 2)
    assert schedule is not None
    graph = emit(model, schedule, "loop", LoopOptions(held_bytes=0)).model.graphs[2]
    [adding] = [op for op in graph.ops if op.name == "ADD"]
    assert adding.operands[0] in graph.inputs
