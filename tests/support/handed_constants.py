"""Models whose constants cost RAM: handed to branches and loops, or transposed by BATCH_MATMUL; 1x1 convolutions."""

import numpy as np

from arenafit.ir import DType, Editor, Model, Quant, TensorId
from arenafit.tflite import make_options
from support.models import NONE, RELU, RELU6, empty_model
from support.rewrite_nets import FLOAT32, Net

_SIZE = 6


def _add(editor: Editor, graph: int, left: TensorId, right: TensorId, name: str = "ADD") -> TensorId:
    made = editor.add_tensor(name.lower(), FLOAT32, (1, _SIZE), graph=graph)
    options = make_options(f"{name.title()}Options")
    editor.append_op(editor.make_op(name, (left, right), (made,), options), graph)
    return made


def branches() -> Model:
    """Return an IF on the sum of the input: either branch is handed the input and a constant of which one makes use."""
    editor = Editor(empty_model())
    source = editor.add_tensor("input", FLOAT32, (1, _SIZE))
    steps = editor.add_constant("steps", np.linspace(-2, 3, _SIZE, dtype=np.float32).reshape(1, _SIZE))
    axes = editor.add_constant("axes", np.array([0, 1], np.int32))
    total = editor.add_tensor("total", FLOAT32, ())
    editor.append_op(editor.make_op("SUM", (source, axes), (total,), make_options("ReducerOptions")))
    limit = editor.add_constant("limit", np.array(0.0, np.float32))
    chosen = editor.add_tensor("chosen", DType.BOOL, ())
    editor.append_op(editor.make_op("GREATER", (total, limit), (chosen,), make_options("GreaterOptions")))
    graphs = []
    for name in ("ADD", "MUL"):
        graph = editor.add_graph(name)
        inputs = [editor.add_tensor(f"{name}_{place}", FLOAT32, (1, _SIZE), graph=graph) for place in ("x", "steps")]
        editor.set_inputs(inputs, graph)
        editor.set_outputs([_add(editor, graph, inputs[0], inputs[1], name)], graph)
        graphs.append(graph)
    result = editor.add_tensor("result", FLOAT32, (1, _SIZE))
    options = make_options("IfOptions", then_subgraph_index=graphs[0], else_subgraph_index=graphs[1])
    editor.append_op(editor.make_op("IF", (chosen, source, steps), (result,), options))
    editor.set_inputs((source,))
    editor.set_outputs((result,))
    return editor.build()


def loop_with_a_table(*, shown: bool = False) -> Model:
    """Return a WHILE that hands a constant from trip to trip; `shown`: what is left of it is an output."""
    editor = Editor(empty_model())
    cond, body = editor.add_graph("cond"), editor.add_graph("body")

    def state(graph: int, name: str) -> list[TensorId]:
        counter = editor.add_tensor(f"counter_{name}", DType.INT32, (1,), graph=graph)
        parts = [editor.add_tensor(f"{part}_{name}", FLOAT32, (1, _SIZE), graph=graph) for part in ("table", "value")]
        return [counter, *parts]

    seen = state(cond, "cond")
    limit = editor.add_constant("limit", np.array([4], np.int32), graph=cond)
    again = editor.add_tensor("again", DType.BOOL, (1,), graph=cond)
    editor.append_op(editor.make_op("LESS", (seen[0], limit), (again,), make_options("LessOptions")), cond)
    editor.set_inputs(seen, cond)
    editor.set_outputs((again,), cond)
    counter, table, value = state(body, "body")
    one = editor.add_constant("one", np.array([1], np.int32), graph=body)
    following = editor.add_tensor("following", DType.INT32, (1,), graph=body)
    editor.append_op(editor.make_op("ADD", (counter, one), (following,), make_options("AddOptions")), body)
    total = _add(editor, body, value, table)
    editor.set_inputs((counter, table, value), body)
    editor.set_outputs((following, table, total), body)
    source = editor.add_tensor("input", FLOAT32, (1, _SIZE))
    start = editor.add_constant("start", np.array([0], np.int32))
    content = editor.add_constant("table", np.linspace(-1, 2, _SIZE, dtype=np.float32).reshape(1, _SIZE))
    after = state(0, "after")
    options = make_options("WhileOptions", cond_subgraph_index=cond, body_subgraph_index=body)
    editor.append_op(editor.make_op("WHILE", (start, content, source), after, options))
    result = _add(editor, 0, after[2], after[1])
    editor.set_inputs((source,))
    editor.set_outputs((result, after[1]) if shown else (result,))
    return editor.build()


def products(dtype: DType = FLOAT32, *, left: bool = False) -> Model:
    """Return two matrix products with constants that TFLM transposes, or with a left one in the second."""
    net = Net(dtype)
    random = np.random.default_rng(2)
    source = net.input(1, 4, 6)

    def constant(*shape: int) -> TensorId:
        if dtype is FLOAT32:
            return net.editor.add_constant("matrix", random.uniform(-1, 1, shape).astype(np.float32))
        stored = random.integers(-127, 128, shape).astype(np.int8)
        return net.editor.add_constant("matrix", stored, quant=Quant((0.01,), (0,)))

    tensor = net.op("BATCH_MATMUL", (source, constant(1, 6, 5)), (1, 4, 5), kind="BatchMatMulOptions")
    if left:
        operands = (constant(1, 4, 3), tensor)
        tensor = net.op("BATCH_MATMUL", operands, (1, 3, 5), kind="BatchMatMulOptions", adj_x=True, adj_y=False)
    else:
        tensor = net.op("BATCH_MATMUL", (tensor, constant(1, 5, 7)), (1, 4, 7), kind="BatchMatMulOptions")
    return net.finish(tensor)


def pointwise_floats(dtype: DType = FLOAT32) -> Model:
    """Return 1x1 convolutions with every fused activation, a depthwise one between them."""
    net = Net(dtype)
    tensor = net.conv(net.input(1, 5, 6, 3), 8, kernel=1, activation=RELU)
    tensor = net.conv(net.depthwise(tensor), 12, kernel=1, activation=RELU6)
    return net.finish(net.conv(tensor, 4, kernel=1, activation=NONE))
