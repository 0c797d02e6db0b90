"""TFLM looks a variable of a nested graph up in the plan by its place in that graph: it gets memory all the same."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arenafit.ir import DType, Editor, Model, TensorId
from arenafit.runtime import GeneratedInputs, Measurement, Outputs, Refusal, TflmPool, first_difference
from arenafit.targets.target import WHEEL
from arenafit.tflite import make_options, read_bytes, write_bytes
from arenafit.tflite.variable_entries import variables_without_memory, with_memory_for_variables
from arenafit.tflm.footprints import footprint
from support.cli import invoke
from support.models import empty_model

_FEATURES, _UNITS, _MEMORY = 4, 2, 3


def branches(*, constants: int = 1) -> Model:
    """An IF whose branches are SVDFs with a state at place 1; so many `constants` come first in the main graph."""
    editor = Editor(empty_model())
    graphs = [_svdf(editor, name) for name in ("then", "else")]
    zero = np.zeros((1, _FEATURES), np.float32)
    known = [editor.add_constant(f"zero_{index}", zero) for index in range(constants)]
    condition = editor.add_tensor("condition", DType.BOOL, (1,))
    source = editor.add_tensor("source", DType.FLOAT32, (1, _FEATURES))
    given = source
    for index, constant in enumerate(known):
        added = editor.add_tensor(f"sum_{index}", DType.FLOAT32, (1, _FEATURES))
        editor.append_op(editor.make_op("ADD", (given, constant), (added,), make_options("AddOptions")))
        given = added
    result = editor.add_tensor("result", DType.FLOAT32, (1, _UNITS))
    options = make_options("IfOptions", then_subgraph_index=graphs[0], else_subgraph_index=graphs[1])
    editor.append_op(editor.make_op("IF", (condition, given), (result,), options))
    editor.set_inputs((condition, source))
    editor.set_outputs((result,))
    return editor.build()


def _svdf(editor: Editor, name: str) -> int:
    graph = editor.add_graph(name)
    source = editor.add_tensor(f"{name}_source", DType.FLOAT32, (1, _FEATURES), graph=graph)
    state = editor.add_tensor(f"{name}_state", DType.FLOAT32, (1, _UNITS * _MEMORY), graph=graph)
    editor.update_tensor(replace(editor.tensor(state, graph), is_variable=True), graph)
    random = np.random.default_rng(1)
    weights = [
        editor.add_constant(f"{name}_{what}", random.uniform(-1, 1, shape).astype(np.float32), graph=graph)
        for what, shape in (("feature", (_UNITS, _FEATURES)), ("time", (_UNITS, _MEMORY)), ("bias", (_UNITS,)))
    ]
    result = editor.add_tensor(f"{name}_result", DType.FLOAT32, (1, _UNITS), graph=graph)
    op = editor.make_op("SVDF", (source, *weights, state), (result,), make_options("SVDFOptions", rank=1))
    editor.append_op(op, graph)
    editor.set_inputs((source,), graph)
    editor.set_outputs((result,), graph)
    return graph


def planned(model: Model) -> Model:
    """The model with everything that is planned at an offset of its own."""
    main = [tensor for tensor in model.main.tensors if not tensor.is_constant]
    nested = [key for graph in model.graphs[1:] for key in (*graph.inputs, *graph.outputs)]
    places: list[TensorId] = [*(tensor.id for tensor in main), *nested]
    return replace(model, offline_plan={key: 64 * index for index, key in enumerate(places)})


def test_a_variable_beside_a_planned_tensor_changes_places() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    model, inputs = branches(), GeneratedInputs(6, 1)
    lost = planned(model)
    assert [tensor.name for tensor in variables_without_memory(lost)] == ["then_state", "else_state"]
    made = with_memory_for_variables(lost)
    assert variables_without_memory(made) == ()
    assert made.offline_plan == lost.offline_plan
    with TflmPool(1) as tflm:
        wanted = tflm.run(write_bytes(model), inputs)
        assert isinstance(wanted, Outputs), wanted.reason
        assert isinstance(tflm.run(write_bytes(lost), inputs), Refusal), "TFLM gives them memory: no rule is needed"
        found = tflm.run(write_bytes(made), inputs)
        assert isinstance(found, Outputs), found.reason
        measured = tflm.measure(write_bytes(made), inputs=inputs, min_arena=True)
    assert first_difference(wanted, found) is None
    assert isinstance(measured, Measurement), measured.reason
    assert measured.min_arena_bytes == footprint(made, WHEEL).min_arena_bytes


def test_where_its_graph_has_no_place_the_main_graph_makes_one() -> None:
    lost = replace(unreached(), offline_plan={tensor.id: 0 for tensor in unreached().main.tensors[:3]})
    assert [tensor.name for tensor in variables_without_memory(lost)] == ["state"]
    made = with_memory_for_variables(lost)
    assert variables_without_memory(made) == ()
    assert made.graphs[1] == lost.graphs[1]
    assert [tensor.name for tensor in made.main.tensors] == ["in", "step", "result", "middle"]


def test_without_a_place_nothing_changes() -> None:
    model = branches(constants=3)
    without = replace(model, offline_plan={tensor.id: 0 for tensor in model.all_tensors() if not tensor.is_variable})
    assert len(variables_without_memory(without)) == 2
    assert with_memory_for_variables(without) == without


def unreached() -> Model:
    """Two ADDs, and one of a variable in a graph that nothing enters, whose other tensors a plan lays over theirs."""
    editor = Editor(empty_model())
    other = editor.add_graph("other")
    names = ("theirs", "state", "sum")
    theirs, state, total = (editor.add_tensor(name, DType.FLOAT32, (1, 16), graph=other) for name in names)
    editor.update_tensor(replace(editor.tensor(state, other), is_variable=True), other)
    editor.append_op(editor.make_op("ADD", (theirs, state), (total,), make_options("AddOptions")), other)
    editor.set_inputs((theirs,), other)
    editor.set_outputs((total,), other)
    source, middle, result = (editor.add_tensor(name, DType.FLOAT32, (1, 16)) for name in ("in", "middle", "result"))
    step = editor.add_constant("step", np.ones((1, 16), np.float32))
    for given, made in ((source, middle), (middle, result)):
        editor.append_op(editor.make_op("ADD", (given, step), (made,), make_options("AddOptions")))
    editor.set_inputs((source,))
    editor.set_outputs((result,))
    return editor.build()


def test_what_is_planned_runs(tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    source, output = tmp_path / "if.tflite", tmp_path / "planned.tflite"
    source.write_bytes(write_bytes(unreached()))
    done = invoke("plan", str(source), "-o", str(output))
    assert done.exit_code == 0, done.output
    made = read_bytes(output.read_bytes(), "planned")
    assert made.offline_plan is not None
    assert variables_without_memory(made) == ()


def test_a_file_that_is_planned_so_is_refused_and_repaired(tmp_path: Path) -> None:
    source, output = tmp_path / "if.tflite", tmp_path / "repaired.tflite"
    source.write_bytes(write_bytes(planned(unreached())))
    told = invoke("inspect", str(source))
    assert told.exit_code == 14
    assert "variable 'state' of a nested graph gets no memory" in told.output
    done = invoke("repair", str(source), "-o", str(output))
    assert done.exit_code == 0, done.output
    assert invoke("inspect", str(output)).exit_code == 0
