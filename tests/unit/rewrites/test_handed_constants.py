"""Constants that cost RAM: which are moved or turned, and every reason for which one is left where it is."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, DType, Model, Quant, Signature
from arenafit.rewrites import constants_into_graphs, pointwise_to_dense, transpose_matmul
from arenafit.rewrites._operator_scheduling import orders
from arenafit.rewrites._sites import sites
from arenafit.rewrites.protocol import Move
from arenafit.targets.choice import find_target
from arenafit.tflm.footprints import footprint
from support.handed_constants import branches, loop_with_a_table, pointwise_floats, products
from support.models import NONE
from support.rewrite_nets import FLOAT32, INT8, Net
from support.streams import Stream, stream_net

_CONSTANTS, _MATMUL, _DENSE = constants_into_graphs.REWRITE, transpose_matmul.REWRITE, pointwise_to_dense.REWRITE


def test_what_branches_are_handed_takes_no_arena() -> None:
    model = branches()
    (move,) = _CONSTANTS.propose(model)
    made = _CONSTANTS.apply(model, move)
    assert [len(op.inputs) for op in made.main.ops if op.name == "IF"] == [2]
    assert [len(graph.inputs) for graph in made.graphs[1:]] == [1, 1]
    target = find_target("cortex-m4")
    assert footprint(made, target).head_bytes < footprint(model, target).head_bytes


def test_what_a_loop_hands_on_is_read_by_main_as_the_constant_it_is() -> None:
    model = loop_with_a_table()
    (move,) = _CONSTANTS.propose(model)
    made = _CONSTANTS.apply(model, move)
    loop, last = made.main.ops
    assert (len(loop.inputs), len(loop.outputs)) == (2, 2)
    assert any(tensor is not None and tensor.is_constant for tensor in made.main.inputs_of(last))


def shown_outside() -> Model:
    return loop_with_a_table(shown=True)


def handed_out_of_a_branch() -> Model:
    model = branches()
    then = model.graphs[1]
    return replace(model, graphs=(model.main, replace(then, outputs=(then.inputs[1],)), model.graphs[2]))


def changed_by_the_body() -> Model:
    model = loop_with_a_table()
    body = model.graphs[2]
    outputs = (body.outputs[0], body.outputs[2], body.outputs[2])
    return replace(model, graphs=(*model.graphs[:2], replace(body, outputs=outputs)))


def called_from_outside() -> Model:
    model = branches()
    return replace(model, signatures=(Signature("then", 1, (), ()),))


def run_by_two() -> Model:
    model = branches()
    (choice,) = [op for op in model.main.ops if op.name == "IF"]
    assert choice.options is not None
    both = replace(choice, options=choice.options.with_values(else_subgraph_index=1))
    ops = tuple(both if op is choice else op for op in model.main.ops)
    return replace(model, graphs=(replace(model.main, ops=ops), *model.graphs[1:]))


def of_another_shape() -> Model:
    model = branches()
    then = model.graphs[1]
    tensors = tuple(replace(item, shape=(6,)) if item.id == then.inputs[1] else item for item in then.tensors)
    return replace(model, graphs=(model.main, replace(then, tensors=tensors), model.graphs[2]))


@pytest.mark.parametrize(
    "make",
    [called_from_outside, changed_by_the_body, handed_out_of_a_branch, of_another_shape, run_by_two, shown_outside],
    ids=lambda make: make.__name__,
)
def test_constants_are_handed_on(make: Callable[[], Model]) -> None:
    assert list(_CONSTANTS.propose(make())) == []


def test_matrices_are_stored_as_the_kernel_reads_them() -> None:
    model = products()
    target = find_target("cortex-m4")
    before = footprint(model, target).tail_bytes
    for _ in range(2):
        model = _MATMUL.apply(model, next(iter(_MATMUL.propose(model))))
    assert list(_MATMUL.propose(model)) == []
    matrices = 4 * (6 * 5 + 5 * 7)
    assert before - footprint(model, target).tail_bytes >= matrices


def turned_already() -> Model:
    net = Net(FLOAT32)
    matrix = net.editor.add_constant("matrix", np.ones((1, 5, 6), np.float32))
    options = {"kind": "BatchMatMulOptions", "adj_y": True}
    return net.finish(net.op("BATCH_MATMUL", (net.input(1, 4, 6), matrix), (1, 4, 5), **options))  # type: ignore[arg-type]


def made_at_run_time() -> Model:
    net = Net(FLOAT32)
    return net.finish(
        net.op("BATCH_MATMUL", (net.input(1, 4, 6), net.input(1, 6, 5)), (1, 4, 5), kind="BatchMatMulOptions")
    )


def one_scale_per_column() -> Model:
    net = Net(INT8)
    quant = Quant((0.01,) * 5, (0,) * 5, 2)
    matrix = net.editor.add_constant("matrix", np.ones((1, 6, 5), np.int8), quant=quant)
    return net.finish(net.op("BATCH_MATMUL", (net.input(1, 4, 6), matrix), (1, 4, 5), kind="BatchMatMulOptions"))


def read_by_another() -> Model:
    net = Net(FLOAT32)
    matrix = net.editor.add_constant("matrix", np.ones((1, 6, 5), np.float32))
    product = net.op("BATCH_MATMUL", (net.input(1, 4, 6), matrix), (1, 4, 5), kind="BatchMatMulOptions")
    return net.finish(product, net.op("ABS", (matrix,), (1, 6, 5)))


@pytest.mark.parametrize(
    "make",
    [made_at_run_time, one_scale_per_column, read_by_another, turned_already],
    ids=lambda make: make.__name__,
)
def test_matrices_stay_as_they_are(make: Callable[[], Model]) -> None:
    assert list(_MATMUL.propose(make())) == []


def integers() -> Model:
    return pointwise_floats(INT8)


def strided() -> Model:
    net = Net(FLOAT32)
    return net.finish(net.conv(net.input(1, 6, 6, 3), 4, kernel=1, stride=2))


def wider_kernel() -> Model:
    net = Net(FLOAT32)
    return net.finish(net.conv(net.input(1, 6, 6, 3), 4, kernel=3))


def grouped() -> Model:
    net = Net(FLOAT32)
    tensor = net.conv(net.input(1, 6, 6, 4), 4, kernel=1, activation=NONE)
    (conv,) = net.editor.ops()
    weights = net.editor.tensor(conv.operands[1])
    half = np.ascontiguousarray(weights.array()[..., :2])
    net.editor.update_tensor(replace(weights, shape=half.shape, data=Constant.of(half)))
    return net.finish(tensor)


@pytest.mark.parametrize("make", [grouped, integers, strided, wider_kernel], ids=lambda make: make.__name__)
def test_convolutions_stay_convolutions(make: Callable[[], Model]) -> None:
    assert list(_DENSE.propose(make())) == []


def test_a_float_dense_layer_keeps_nothing_per_channel_in_reference_kernels() -> None:
    model = pointwise_floats()
    target = find_target("cortex-m4-reference")
    made = model
    for move in _DENSE.propose(model):
        made = _DENSE.apply(made, move)
    saved = footprint(model, target).tail_bytes - footprint(made, target).tail_bytes
    assert saved >= 8 * (8 + 12 + 4)


@pytest.mark.parametrize("rewrite", [_CONSTANTS, _MATMUL, _DENSE], ids=lambda rewrite: rewrite.name)
def test_a_move_that_does_not_apply_is_refused(rewrite: constants_into_graphs.ConstantsIntoGraphs) -> None:
    net = Net(FLOAT32)
    model = net.finish(net.softmax(net.input(1, 4)))
    with pytest.raises(UnsupportedModelError):
        rewrite.apply(model, Move(rewrite.name, (model.main.ops[0].id,), (("operands", (0,)), ("operand", 1))))


def test_operators_on_different_variables_need_no_order() -> None:
    site = sites(stream_net(Stream(), Stream()))[0]
    steps = orders(site).steps
    position = {op.id: index for index, op in enumerate(site.graph.ops)}
    reads = [position[op.id] for op in site.graph.ops if op.name == "READ_VARIABLE"]
    writes = [position[op.id] for op in site.graph.ops if op.name == "ASSIGN_VARIABLE"]
    once = next(position[op.id] for op in site.graph.ops if op.name == "CALL_ONCE")

    def follows(later: int, earlier: int) -> bool:
        return bool(steps[later].needs >> earlier & 1)

    assert follows(writes[0], reads[0])
    assert follows(writes[1], reads[1])
    assert all(follows(index, once) for index in (*reads, *writes))
    assert not follows(reads[1], reads[0])
    assert not follows(reads[1], writes[0])
    assert site.graph.tensor(site.graph.ops[reads[0]].outputs[0]).dtype is DType.INT8
