"""Models that are small and ask for much: nested control flow, huge windows, values no kernel takes."""

from dataclasses import replace

import numpy as np

from arenafit.ir import DType, Editor, Model, Quant, TensorId
from arenafit.tflite import make_options
from support.models import empty_model

# Steers a terminal, ends a line and begins a command of a CI log, turns text around.
HOSTILE_NAME = "\x1b[31m\n::error::owned\r\u202e<script>|`"


def nested_ifs(levels: int, *, twice: bool = True) -> Model:
    """Return an IF whose branches are an IF, and so on, `levels` deep.

    Each level runs the next from both branches (2^levels paths) or, unless `twice`, from the first branch alone.
    """
    editor = Editor(empty_model())
    graphs = [0, *(editor.add_graph(f"level_{level}") for level in range(1, levels + 1))]
    leaf = editor.add_graph("leaf")

    def signature(graph: int) -> tuple[TensorId, TensorId, TensorId]:
        flag = editor.add_tensor("flag", DType.BOOL, (1,), graph=graph)
        value, result = (editor.add_tensor(name, DType.FLOAT32, (1, 4), graph=graph) for name in ("x", "y"))
        editor.set_inputs((flag, value), graph)
        editor.set_outputs((result,), graph)
        return flag, value, result

    for graph, then in zip(graphs, (*graphs[1:], leaf), strict=True):
        flag, value, result = signature(graph)
        options = make_options("IfOptions", then_subgraph_index=then, else_subgraph_index=then if twice else leaf)
        editor.append_op(editor.make_op("IF", (flag, flag, value), (result,), options), graph)
    _, value, result = signature(leaf)
    editor.append_op(editor.make_op("ABS", (value,), (result,), make_options("AbsOptions")), leaf)
    return editor.build()


def huge_pool(height: int = 1 << 30, *, size: int = 6) -> Model:
    """Return an AVERAGE_POOL_2D with a window of `height` rows over an image of `size` x 5."""
    editor = Editor(empty_model())
    source = editor.add_tensor("source", DType.FLOAT32, (1, size, 5, 4))
    output = editor.add_tensor("output", DType.FLOAT32, (1, -(-size // 2), 2, 4))
    sizes = {"filter_height": height, "filter_width": 1, "stride_h": 2, "stride_w": 3}
    editor.append_op(
        editor.make_op("AVERAGE_POOL_2D", (source,), (output,), make_options("Pool2DOptions", padding=0, **sizes))
    )
    editor.set_inputs((source,))
    editor.set_outputs((output,))
    return editor.build()


def dequantised_constant(elements: int) -> Model:
    """Return a DEQUANTIZE of a constant of `elements` values, added to the input."""
    editor = Editor(empty_model())
    source = editor.add_tensor("source", DType.FLOAT32, (1, elements))
    stored = editor.add_constant("stored", np.zeros((1, elements), np.int8), quant=Quant((0.5,), (0,)))
    real, output = (editor.add_tensor(name, DType.FLOAT32, (1, elements)) for name in ("real", "output"))
    editor.append_op(editor.make_op("DEQUANTIZE", (stored,), (real,), make_options("DequantizeOptions")))
    editor.append_op(editor.make_op("ADD", (source, real), (output,), make_options("AddOptions")))
    editor.set_inputs((source,))
    editor.set_outputs((output,))
    return editor.build()


def large_dequantize(height: int = 3000, width: int = 4000) -> Model:
    """Return a DEQUANTIZE of an int8 image (1, height, width, 1): 12 megapixels unless told otherwise."""
    editor = Editor(empty_model())
    source = editor.add_tensor("source", DType.INT8, (1, height, width, 1), quant=Quant((0.5,), (0,)))
    output = editor.add_tensor("output", DType.FLOAT32, (1, height, width, 1))
    editor.append_op(editor.make_op("DEQUANTIZE", (source,), (output,), make_options("DequantizeOptions")))
    editor.set_inputs((source,))
    editor.set_outputs((output,))
    return editor.build()


def unending_loop_in_a_loop() -> Model:
    """Return a WHILE in a WHILE over one float: values up to 0.999 are left alone, larger ones are halved without end.

    Halved often enough a float is 0: that is larger than the -1 that is waited for.
    """
    editor = Editor(empty_model())
    looks, outer, checks, halves = (editor.add_graph(name) for name in ("looks", "outer", "checks", "halves"))

    def one(name: str, graph: int, dtype: DType = DType.FLOAT32) -> TensorId:
        return editor.add_tensor(name, dtype, (1,), graph=graph)

    def loop(graph: int, condition: int, body: int) -> None:
        taken, given = one("taken", graph), one("given", graph)
        fields = {"cond_subgraph_index": condition, "body_subgraph_index": body}
        editor.append_op(editor.make_op("WHILE", (taken,), (given,), make_options("WhileOptions", **fields)), graph)
        editor.set_inputs((taken,), graph)
        editor.set_outputs((given,), graph)

    def goes_on_above(bound: float, graph: int) -> None:
        value, again = one("value", graph), one("again", graph, DType.BOOL)
        limit = editor.add_constant("limit", np.array([bound], np.float32), graph=graph)
        options = make_options("GreaterOptions")
        editor.append_op(editor.make_op("GREATER", (value, limit), (again,), options), graph)
        editor.set_inputs((value,), graph)
        editor.set_outputs((again,), graph)

    loop(0, looks, outer)
    goes_on_above(0.999, looks)
    loop(outer, checks, halves)
    goes_on_above(-1.0, checks)
    value, halved = one("value", halves), one("halved", halves)
    half = editor.add_constant("half", np.array([0.5], np.float32), graph=halves)
    editor.append_op(editor.make_op("MUL", (value, half), (halved,), make_options("MulOptions")), halves)
    editor.set_inputs((value,), halves)
    editor.set_outputs((halved,), halves)
    return editor.build()


def called(model: Model, name: str) -> Model:
    """Return `model` with every tensor, graph and signature called `name`."""
    graphs = tuple(
        replace(graph, name=name, tensors=tuple(replace(tensor, name=name) for tensor in graph.tensors))
        for graph in model.graphs
    )
    return replace(model, graphs=graphs, description=name)
