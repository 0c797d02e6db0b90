import numpy as np
import pytest

from arenafit.ir import Constant, DType, Op, OpCode, OpId, Options, Quant, Tensor, TensorId
from support.models import conv_chain, residual
from support.small_models import while_loop


def tensor(dtype: DType, *shape: int, data: bytes | None = None) -> Tensor:
    return Tensor(TensorId(0), "t", dtype, shape, data=None if data is None else Constant(data))


@pytest.mark.parametrize(
    ("dtype", "shape", "size"),
    [
        (DType.INT8, (), 1),
        (DType.FLOAT32, (2, 3), 24),
        (DType.INT4, (3,), 2),
        (DType.INT2, (5,), 2),
        (DType.INT64, (0, 9), 0),
        (DType.STRING, (4,), 0),
    ],
)
def test_sizes_in_bytes(dtype: DType, shape: tuple[int, ...], size: int) -> None:
    assert tensor(dtype, *shape).size_bytes == size


def test_numpy_types_lead_back_to_their_dtype() -> None:
    for member in DType:
        if member.numpy_name is None:
            with pytest.raises(TypeError, match=member.label):
                _ = member.numpy
        else:
            assert DType.of(member.numpy) is member
    with pytest.raises(TypeError, match="layout of numpy's str"):
        DType.of("U4")


def test_constants_are_views_of_their_bytes() -> None:
    array = np.arange(6, dtype=np.int16).reshape(2, 3)
    constant = Constant.of(array.T)
    assert constant.array(DType.INT16, (3, 2)).tolist() == array.T.tolist()
    assert not constant.array(DType.INT16, (3, 2)).flags.writeable
    assert constant.array(DType.INT16, (2,)).tolist() == [0, 3]
    assert Constant.of(np.zeros((0, 3), np.int8)).array(DType.INT8, (0, 3)).shape == (0, 3)
    with pytest.raises(ValueError, match="buffer"):
        constant.array(DType.INT16, (7,))
    with pytest.raises(ValueError, match="'t' is no constant"):
        tensor(DType.INT8, 1).array()


def test_per_tensor_quantisation() -> None:
    assert Quant((0.5,), (3,)).per_tensor == (0.5, 3)
    assert Quant((0.5,)).per_tensor == (0.5, 0)
    assert Quant((0.5, 0.25), (0, 0)).per_tensor is None
    assert Quant().tensors == ()


def test_options_are_read_by_name_and_changed_by_copy() -> None:
    options = Options("PackOptions", (("values_count", 2), ("axis", 1)))
    assert (options["axis"], options.get("axis"), options.get("none", 7)) == (1, 1, 7)
    assert options.with_values(axis=0)["axis"] == 0
    with pytest.raises(KeyError, match="PackOptions has no field depth"):
        _ = options["depth"]
    with pytest.raises(KeyError, match="PackOptions has no field depth"):
        options.with_values(depth=1)


def test_labels_and_called_graphs() -> None:
    assert OpCode("CUSTOM", 1, "Mine").label == "Mine"
    assert OpCode("CUSTOM").label == "CUSTOM"
    assert OpCode("ADD", 1, "").label == "ADD"
    assert while_loop().main.ops[0].subgraphs == (1, 2)
    assert Op(OpId(0), OpCode("ADD"), (), ()).subgraphs == ()


def test_views_of_a_graph() -> None:
    graph = residual().main
    stem = graph.ops[0].outputs[0]
    assert [op.name for op in graph.uses[stem]] == ["CONV_2D", "ADD"]
    assert graph.producers[stem] is graph.ops[0]
    assert [item.name for item in graph.outputs_of(graph.ops[-1])] == ["average_pool_2d_4"]
    assert [None if item is None else item.name for item in graph.inputs_of(graph.ops[0])] == [
        "input",
        "weights_0",
        "bias_0",
    ]


def test_ids_are_unique_over_the_graphs() -> None:
    model = while_loop()
    assert len(model.tensors) == sum(len(graph.tensors) for graph in model.graphs)
    assert len(list(conv_chain().all_tensors())) == len(conv_chain().tensors)
