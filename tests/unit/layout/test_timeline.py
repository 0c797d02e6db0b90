"""When contents matter: straight graphs, loops, state, views."""

from dataclasses import replace

from arenafit.ir import DType, Editor, Model, TensorId
from arenafit.layout import Timeline, timeline
from arenafit.planning.problem import Interval
from support.netsketch import NetSketch, Sliding
from support.small_models import while_loop


def at(times: Timeline, tensor: TensorId, step: int) -> bool:
    return any(interval.first <= step < interval.end for interval in times.live[tensor])


def test_a_tensor_matters_from_its_maker_to_its_last_reader() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, 4, 4, 1)
    first = drawn.sliding_conv(source, 2, Sliding((1, 1)))
    second = drawn.sliding_conv(first, 2, Sliding((1, 1)))
    third = drawn.binary("ADD", second, first)
    model = drawn.finish(third)
    times = timeline(model)
    runs = [times.runs[op.id] for op in model.main.ops]
    assert times.live[source] == (Interval(0, runs[0].end),)
    assert times.live[first] == (Interval(runs[0].first, runs[2].end),)
    assert times.live[second] == (Interval(runs[1].first, runs[2].end),)
    assert times.live[third] == (Interval(runs[2].first, times.end),)
    assert times.last_end(first) == runs[2].end


def test_what_nobody_reads_still_needs_room_while_it_is_made() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, 4, 4, 1)
    unread = drawn.unary("RELU", source)
    model = drawn.finish(drawn.unary("LOGISTIC", source))
    times = timeline(model)
    run = times.runs[model.main.ops[0].id]
    assert times.live[unread] == (Interval(run.first, run.first + 1),)


def test_a_variable_matters_always_unless_it_is_said_to_be_unset() -> None:
    drawn = NetSketch(DType.INT8)
    source = drawn.input(1, 4, 4, 1)
    editor = drawn.editor
    state = drawn.tensor("state", (1, 4, 4, 1))
    editor.update_tensor(replace(editor.tensor(state), is_variable=True))
    model = drawn.finish(drawn.binary("ADD", source, state))
    times = timeline(model)
    assert times.live[state] == (Interval(0, times.end),)
    assert timeline(model, unset={state}).live == {**times.live, state: ()}


def test_a_loop_copies_its_operands_away_and_back() -> None:
    model = while_loop()
    times = timeline(model)
    loop = model.main.ops[0]
    cond, body = model.graphs[1], model.graphs[2]
    span = times.runs[loop.id]
    body_runs = [times.runs[op.id] for op in body.ops]
    cond_run = times.runs[cond.ops[0].id]
    assert all(span.first < run.first and run.end < span.end for run in (*body_runs, cond_run))
    value, result = model.main.inputs[0], loop.outputs[1]
    # TFLM before 2026-07-20 copies the operand once more as the body begins, when the condition has run; the result is
    # there at the loop's start, its end and after it.
    body_start = body_runs[0].first - 1
    assert times.live[value] == (Interval(0, body_start + 1),)
    assert cond_run.end <= body_start
    assert at(times, result, span.first)
    assert at(times, result, span.end - 1)
    assert at(times, result, times.end - 1)
    # Between the body's first copy and its last one the result's place is free.
    assert not at(times, result, body_runs[0].first)
    assert not at(times, result, body_runs[-1].first)
    # The condition's input is written before the condition runs, again after each trip.
    assert at(times, cond.inputs[0], cond_run.first)
    assert not at(times, cond.inputs[0], body_runs[0].first)


def test_the_states_of_a_body_matter_from_its_start_and_to_its_end() -> None:
    model = while_loop()
    times = timeline(model)
    body = model.graphs[2]
    first, last = (times.runs[op.id] for op in body.ops)
    counter_in, value_in = body.inputs
    counter_out, value_out = body.outputs
    assert times.last_end(counter_in) == first.end
    assert times.last_end(value_in) == last.end
    assert times.live[counter_out][0].first == first.first
    assert times.last_end(counter_out) == times.last_end(value_out) > last.end


def without_maker(nested: bool) -> tuple[Model, TensorId]:
    """A loop whose body (or main graph) reads a tensor that no operator makes."""
    editor = Editor(while_loop())
    graph = 2 if nested else 0
    view = editor.add_tensor("view", DType.FLOAT32, (1, 6), graph=graph)
    sink = editor.add_tensor("sink", DType.FLOAT32, (1, 6), graph=graph)
    editor.append_op(editor.make_op("NEG", (view,), (sink,)), graph)
    return editor.build(), view


def test_a_view_in_a_body_matters_in_every_trip() -> None:
    model, view = without_maker(nested=True)
    times = timeline(model)
    first_op, last_op = model.graphs[2].ops[0], model.graphs[2].ops[-1]
    assert at(times, view, times.runs[first_op.id].first)
    assert at(times, view, times.runs[last_op.id].first)
