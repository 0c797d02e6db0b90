"""Small models with control flow and state: loops, graphs that run once, memories; and all small models by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from arenafit.ir import DType, Editor, Model, TensorId
from arenafit.tflite import make_options
from support.models import Sketch, conv_chain, depthwise_chain, empty_model, residual


def while_loop(times: int = 5, size: int = 6) -> Model:
    """Return a WHILE whose body adds a constant to a float vector, `times` times; graphs main, cond, body."""
    editor = Editor(empty_model())
    cond, body = editor.add_graph("cond"), editor.add_graph("body")
    one = np.array([1], dtype=np.int32)

    def state(graph: int, name: str) -> tuple[TensorId, TensorId]:
        counter = editor.add_tensor(f"counter_{name}", DType.INT32, (1,), graph=graph)
        return counter, editor.add_tensor(f"value_{name}", DType.FLOAT32, (1, size), graph=graph)

    counter, value = state(cond, "cond")
    limit = editor.add_constant("limit", one * times, graph=cond)
    again = editor.add_tensor("again", DType.BOOL, (1,), graph=cond)
    editor.append_op(editor.make_op("LESS", (counter, limit), (again,), make_options("LessOptions")), cond)
    editor.set_inputs((counter, value), cond)
    editor.set_outputs((again,), cond)

    before, after = state(body, "before"), state(body, "after")
    steps = (
        editor.add_constant("one", one, graph=body),
        editor.add_constant("step", np.linspace(-1, 1, size, dtype=np.float32).reshape(1, size), graph=body),
    )
    for source, step, target in zip(before, steps, after, strict=True):
        editor.append_op(editor.make_op("ADD", (source, step), (target,), make_options("AddOptions")), body)
    editor.set_inputs(before, body)
    editor.set_outputs(after, body)

    source = editor.add_tensor("input", DType.FLOAT32, (1, size))
    zero = editor.add_constant("zero", one * 0)
    result = state(0, "result")
    options = make_options("WhileOptions", cond_subgraph_index=cond, body_subgraph_index=body)
    editor.append_op(editor.make_op("WHILE", (zero, source), result, options))
    editor.set_inputs((source,))
    editor.set_outputs((result[1],))
    return editor.build()


def svdf(features: int = 8, units: int = 4, memory: int = 3) -> Model:
    """Return one float SVDF of rank 1, whose state is a variable tensor."""
    sketch = Sketch(DType.FLOAT32)
    editor = sketch.editor
    source = sketch.input(1, features)
    random = np.random.default_rng(1)
    by_feature, by_time, bias = (
        editor.add_constant(name, random.uniform(-1, 1, shape).astype(np.float32))
        for name, shape in (("feature", (units, features)), ("time", (units, memory)), ("bias", (units,)))
    )
    state = sketch.tensor("state", (1, memory * units))
    editor.update_tensor(replace(editor.tensor(state), is_variable=True))
    output = sketch.tensor("output", (1, units))
    options = make_options("SVDFOptions", rank=1)
    editor.append_op(editor.make_op("SVDF", (source, by_feature, by_time, bias, state), (output,), options))
    return sketch.finish(output)


def call_once(size: int = 4) -> Model:
    """Return an accumulator: CALL_ONCE sets a resource variable, each invocation adds the input to it; two graphs."""
    editor = Editor(empty_model())
    init = editor.add_graph("init")
    handle_options = make_options("VarHandleOptions", container="", shared_name="total")

    def handle(graph: int) -> TensorId:
        created = editor.add_tensor("handle", DType.RESOURCE, (1,), graph=graph)
        editor.append_op(editor.make_op("VAR_HANDLE", (), (created,), handle_options), graph)
        return created

    start = editor.add_constant("start", np.full((1, size), 0.5, dtype=np.float32), graph=init)
    assign = make_options("AssignVariableOptions")
    editor.append_op(editor.make_op("ASSIGN_VARIABLE", (handle(init), start), (), assign), init)
    source, total, result = (editor.add_tensor(name, DType.FLOAT32, (1, size)) for name in ("input", "total", "result"))
    editor.append_op(editor.make_op("CALL_ONCE", (), (), make_options("CallOnceOptions", init_subgraph_index=init)))
    variable = handle(0)
    editor.append_op(editor.make_op("READ_VARIABLE", (variable,), (total,), make_options("ReadVariableOptions")))
    editor.append_op(editor.make_op("ADD", (total, source), (result,), make_options("AddOptions")))
    editor.append_op(editor.make_op("ASSIGN_VARIABLE", (variable, result), (), assign))
    editor.set_inputs((source,))
    editor.set_outputs((result,))
    return editor.build()


SMALL_MODELS: Mapping[str, Callable[[], Model]] = {
    "conv_chain_int8": lambda: conv_chain(DType.INT8),
    "conv_chain_int16": lambda: conv_chain(DType.INT16),
    "conv_chain_float": lambda: conv_chain(DType.FLOAT32),
    "depthwise_chain_int8": lambda: depthwise_chain(DType.INT8),
    "residual_int8": lambda: residual(DType.INT8),
    "residual_float": lambda: residual(DType.FLOAT32),
    "while_loop": while_loop,
    "svdf": svdf,
    "call_once": call_once,
}
