"""What is odd about a graph, and what TFLM runs all the same."""

import numpy as np
import pytest

from arenafit.fit.oddities import oddity
from arenafit.ir import DType, Editor, Model, TensorId
from arenafit.runtime import GeneratedInputs, Outputs
from arenafit.runtime.tflm import TflmRuntime
from arenafit.tflite import make_options, write_bytes
from support.models import empty_model
from support.one_op import f32, one_op
from support.small_models import SMALL_MODELS

SHAPE = (1, 4)


def branches_without_outputs() -> Model:
    """IF that sets what the model returns: to the negated input where the condition holds, else to the input."""
    editor = Editor(empty_model())
    negated, plain = editor.add_graph("negated"), editor.add_graph("plain")

    def tensor(name: str, graph: int = 0) -> TensorId:
        return editor.add_tensor(name, DType.FLOAT32, SHAPE, graph=graph)

    def handle(graph: int) -> TensorId:
        made = editor.add_tensor("handle", DType.RESOURCE, (1,), graph=graph)
        options = make_options("VarHandleOptions", container="", shared_name="kept")
        editor.append_op(editor.make_op("VAR_HANDLE", (), (made,), options), graph)
        return made

    def assign(variable: TensorId, value: TensorId, graph: int = 0) -> None:
        options = make_options("AssignVariableOptions")
        editor.append_op(editor.make_op("ASSIGN_VARIABLE", (variable, value), (), options), graph)

    for graph in (negated, plain):
        given = tensor("given", graph)
        editor.set_inputs((given,), graph)
        value = given
        if graph == negated:
            value = tensor("value", graph)
            editor.append_op(editor.make_op("NEG", (given,), (value,), make_options("NegOptions")), graph)
        assign(handle(graph), value, graph)
    source, condition, result = tensor("source"), editor.add_tensor("condition", DType.BOOL, (1,)), tensor("result")
    variable = handle(0)
    assign(variable, source)
    chosen = make_options("IfOptions", then_subgraph_index=negated, else_subgraph_index=plain)
    editor.append_op(editor.make_op("IF", (condition, source), (), chosen))
    editor.append_op(editor.make_op("READ_VARIABLE", (variable,), (result,), make_options("ReadVariableOptions")))
    editor.set_inputs((source, condition))
    editor.set_outputs((result,))
    return editor.build()


def test_branches_may_have_an_effect_and_no_output() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    model = branches_without_outputs()
    assert oddity(model) is None
    found = TflmRuntime().run(write_bytes(model), GeneratedInputs(1, 0, ("max",)))
    assert isinstance(found, Outputs)
    assert np.all(found.batches[0][0] < 0)  # the branch of the condition negated what is positive


@pytest.mark.parametrize("name", sorted(SMALL_MODELS))
def test_nothing_is_odd_about_models_that_run(name: str) -> None:
    assert oddity(SMALL_MODELS[name]()) is None


def test_an_operator_without_effect_and_output_is_odd() -> None:
    assert oddity(one_op("ABS", [f32(1, 4)], [], "AbsOptions")) == "graph 0, operator 0 (ABS) has no output"
