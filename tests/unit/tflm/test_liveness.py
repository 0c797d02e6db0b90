"""Allocation scopes, worked out by hand from the rules of TFLM's micro_allocation_info.cc."""

import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Editor, Model
from arenafit.planning.problem import Interval
from arenafit.tflite import make_options
from arenafit.tflm.liveness import lifetimes
from support.models import Sketch, empty_model
from support.small_models import while_loop


def intervals(model: Model) -> dict[str, Interval]:
    alive = lifetimes(model)
    return {tensor.name: alive.interval(tensor.id) for tensor in model.all_tensors() if not tensor.is_constant}


def test_a_chain_lives_from_producer_to_last_reader() -> None:
    sketch = Sketch()
    first = sketch.input(1, 4, 4, 2)
    second = sketch.conv(first, 2)
    third = sketch.conv(second, 2)
    model = sketch.finish(sketch.add(second, third))

    # The inputs are there in scope 0, operator k runs in scope k + 1.
    assert intervals(model) == {
        "input": Interval(0, 2),
        "conv_2d_0": Interval(1, 4),
        "conv_2d_1": Interval(2, 4),
        "add_2": Interval(3, 4),
    }


def test_an_input_that_nothing_reads_lives_in_the_first_scope_only() -> None:
    sketch = Sketch()
    used, unused = sketch.input(1, 2, 2, 1), sketch.input(1, 3, 3, 1)
    model = sketch.finish(sketch.conv(used, 1))

    assert lifetimes(model).interval(unused) == Interval(0, 1)


def test_a_tensor_that_nothing_uses_has_the_scope_before_all() -> None:
    sketch = Sketch()
    orphan = sketch.tensor("orphan", (1, 4))
    model = sketch.finish(sketch.conv(sketch.input(1, 2, 2, 1), 1))

    assert lifetimes(model).interval(orphan) == Interval(-1, 0)


def test_a_view_without_producer_ends_where_it_is_read_and_begins_before_all() -> None:
    sketch = Sketch()
    view = sketch.tensor("view", (1, 2, 2, 1))
    model = sketch.finish(sketch.add(sketch.conv(sketch.input(1, 2, 2, 1), 1), view))

    assert lifetimes(model).interval(view) == Interval(-1, 3)


def test_a_loop_spans_its_graphs_and_each_graph_has_scopes_of_its_own() -> None:
    found = intervals(while_loop())

    # Scope 1 is WHILE; 2 enters the condition, 3 is LESS; 4 enters the body, 5 and 6 are its two ADDs.
    assert found["input"] == Interval(0, 7)
    assert found["counter_result"] == found["value_result"] == Interval(1, 7)
    assert found["counter_cond"] == Interval(2, 4)
    assert found["value_cond"] == Interval(2, 3)
    assert found["again"] == Interval(3, 4)
    assert found["counter_before"] == Interval(4, 6)
    assert found["value_before"] == Interval(4, 7)
    assert found["counter_after"] == Interval(5, 7)
    assert found["value_after"] == Interval(6, 7)


def test_a_graph_that_runs_itself_is_refused() -> None:
    editor = Editor(empty_model())
    inner = editor.add_graph("inner")
    options = make_options("CallOnceOptions", init_subgraph_index=inner)
    for graph in (0, inner):
        editor.append_op(editor.make_op("CALL_ONCE", (), (), options), graph)

    with pytest.raises(UnsupportedModelError, match="graph 1 runs itself"):
        lifetimes(editor.build())


def test_a_loop_without_a_graph_is_refused() -> None:
    editor = Editor(empty_model())
    state = editor.add_tensor("state", DType.FLOAT32, (1,))
    editor.append_op(editor.make_op("WHILE", (state,), (state,)))
    editor.set_inputs((state,))

    with pytest.raises(UnsupportedModelError, match=r"WHILE .* names no graph"):
        lifetimes(editor.build())
