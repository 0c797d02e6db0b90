import importlib
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import Constant, DType, Graph, Model, Op, OpCode, OpId, Options, Quant, Signature, Tensor, TensorId
from arenafit.tflite import make_options, read_bytes, write_bytes
from support.models import conv_chain
from support.small_models import SMALL_MODELS, svdf

# Its classes are generated, and untyped.
generated: Any = importlib.import_module("ai_edge_litert.schema_py_generated")


def tensor(number: int, **changes: object) -> Tensor:
    plain = Tensor(TensorId(number), f"t{number}", DType.FLOAT32, (2, 2))
    return replace(plain, **changes)  # type: ignore[arg-type]


def ids(*numbers: int) -> tuple[TensorId, ...]:
    return tuple(TensorId(number) for number in numbers)


def one_op(op: Op, *tensors: Tensor) -> Model:
    graph = Graph(tensors, (op,), op.operands[:1], op.outputs, "main")
    return Model((graph,))


def op_of(name: str, options: Options | None = None, **changes: object) -> Op:
    plain = Op(OpId(0), OpCode(name), ids(0), ids(1), options)
    return replace(plain, **changes)  # type: ignore[arg-type]


def round_trip(model: Model) -> Model:
    return read_bytes(write_bytes(model))


SPARSITY = (
    ("traversal_order", (0, 1)),
    ("block_map", None),
    (
        "dim_metadata",
        (
            (("format", 0), ("dense_size", 2), ("array_segments", None), ("array_indices", None)),
            (
                ("format", 1),
                ("dense_size", 0),
                ("array_segments", ("Uint8Vector", (("values", b"\x00\x01\x02"),))),
                ("array_indices", ("Uint16Vector", (("values", (0, 1)),))),
            ),
        ),
    ),
)
BLOCKWISE = (("scales", 2), ("zero_points", -1), ("block_size", 32), ("block_shape", None))

TENSORS = {
    "quant": tensor(1, quant=Quant((0.5, 0.25), (1, -2), 1, (-1.0, -2.0), (1.0, 2.0)), dtype=DType.INT8),
    "quant with infinities": tensor(1, quant=Quant(minimum=(-inf, nan), maximum=(inf, nan))),
    "empty quant": tensor(1, quant=Quant()),
    "blockwise": tensor(1, quant=Quant(extras=(("details", ("BlockwiseQuantization", BLOCKWISE)),))),
    "custom quant": tensor(1, quant=Quant(extras=(("details", ("CustomQuantization", (("custom", b"xyz"),))),))),
    "variable": tensor(1, is_variable=True),
    "sparse": tensor(1, data=Constant(b"\1\2\3\4\5\6\7\x08"), extras=(("sparsity", SPARSITY),)),
    "signature": tensor(1, shape_signature=(-1, 2), extras=(("has_rank", True),)),
    "variant": tensor(
        1,
        dtype=DType.VARIANT,
        shape=(),
        extras=(("variant_tensors", ((("shape", (3,)), ("type", 2), ("has_rank", True)),)),),
    ),
    "external": tensor(1, extras=(("external_buffer", 1),)),
    "outside": tensor(1, data=Constant(bytes(range(16))), extras=(("stored_outside", True),)),
    "string": tensor(1, dtype=DType.STRING, shape=(1,), data=Constant(b"\1\0\0\0\x0c\0\0\0\x0e\0\0\0hi")),
    "packed": tensor(1, dtype=DType.INT4, shape=(3,), data=Constant(b"\x21\x03")),
    "scalar": tensor(1, shape=(), data=Constant(b"\0\0\0\x40")),
    "empty": tensor(1, shape=(0, 4)),
    "name": tensor(1, name="größe/π:0"),
    "long constant": tensor(1, data=Constant(bytes(20))),
}


@pytest.mark.parametrize("name", TENSORS)
def test_whatever_a_tensor_holds_survives(name: str) -> None:
    model = one_op(op_of("ABS"), tensor(0), TENSORS[name], tensor(2))
    assert round_trip(model) == model


COMPOSITE = make_options(
    "StableHLOCompositeOptions",
    name="odml.norm",
    decomposition_subgraph_index=1,
    composite_attributes=b"\1\2",
    version=3,
)
OPS = {
    "builtin": op_of("CONV_2D", make_options("Conv2DOptions", padding=1, stride_w=2, dilation_w_factor=3)),
    "no options": op_of("ABS"),
    "empty options": op_of("ABS", make_options("AbsOptions")),
    "vector option": op_of("RESHAPE", make_options("ReshapeOptions", new_shape=(2, -1))),
    "empty vector option": op_of("RESHAPE", make_options("ReshapeOptions", new_shape=())),
    "text option": op_of("VAR_HANDLE", make_options("VarHandleOptions", container="c", shared_name="s")),
    "float option": op_of("SOFTMAX", make_options("SoftmaxOptions", beta=0.5)),
    "second union": op_of("BITCAST", make_options("BitcastOptions")),
    "stablehlo": op_of("STABLEHLO_PAD", make_options("StablehloPadOptions", edge_padding_low=(-1, 2**40))),
    "composite": op_of("STABLEHLO_COMPOSITE", COMPOSITE),
    "both unions": op_of("ABS", make_options("AbsOptions"), extras=(("builtin_options_2", ("DilateOptions", ())),)),
    "custom": op_of("CUSTOM", custom_options=b"\x01flex", code=OpCode("CUSTOM", 2, "MyOp")),
    "custom without options": op_of("CUSTOM", code=OpCode("CUSTOM", 1, "MyOp")),
    "custom with empty options": op_of("CUSTOM", custom_options=b"", code=OpCode("CUSTOM", 1, "MyOp")),
    "large custom": op_of(
        "CUSTOM",
        custom_options=b"big" * 50,
        code=OpCode("CUSTOM", 1, "MyOp"),
        extras=(("custom_options_outside", True),),
    ),
    "optional input": op_of("FULLY_CONNECTED", inputs=(TensorId(0), None, TensorId(2))),
    "no inputs": op_of("ABS", inputs=()),
    "no outputs": op_of("ABS", outputs=()),
    "intermediates": op_of("LSTM", intermediates=ids(2, 1)),
    "extras": op_of("SVDF", extras=(("mutating_variable_inputs", (False, True)), ("debug_metadata_index", 4))),
    "version": op_of("ADD", code=OpCode("ADD", 7)),
    "high code": op_of("STABLEHLO_LOGISTIC", None),
}


@pytest.mark.parametrize("name", OPS)
def test_whatever_an_operator_holds_survives(name: str) -> None:
    model = one_op(OPS[name], tensor(0), tensor(1), tensor(2))
    other = Graph((tensor(3),), (), ids(3), ids(3), "other", (("debug_metadata_index", 2),))
    model = replace(model, graphs=(*model.graphs, other))
    assert round_trip(model) == model


MODELS = {
    "metadata": {
        "metadata": (("min_runtime_version", b"1.5.0" + bytes(11)), ("other", b""), ("twice", b"a"), ("twice", b"b"))
    },
    "legacy metadata": {"extras": (("metadata_buffer", (b"one", b"", b"two")),)},
    "unreferenced buffers": {"extras": (("unreferenced_buffers", (b"spare", b"parts")),)},
    "external buffers": {
        "extras": (
            ("external_buffer_groups", ((("name", "weights.bin"),),)),
            (
                "external_buffers",
                ((("id", 1), ("group", 0), ("offset", 2**33), ("length", 8), ("packing", "none")),),
            ),
        )
    },
    "description": {"description": "made by hand"},
    "signatures": {
        "signatures": (
            Signature("serve", 0, (("x", TensorId(0)),), (("y", TensorId(1)),)),
            Signature("", 0, (), ()),
        )
    },
    "plan": {"offline_plan": {TensorId(0): 0, TensorId(1): 16}},
    "empty plan": {"offline_plan": {}},
    "plan of another tool": {
        "offline_plan": {TensorId(1): 32},
        "extras": (("offline_plan_header", (1, 0)), ("offline_plan_trailing", b"\1\2\3\4")),
    },
}


@pytest.mark.parametrize("name", MODELS)
def test_whatever_a_model_holds_survives(name: str) -> None:
    model = replace(one_op(op_of("ABS"), tensor(0), tensor(1)), **MODELS[name])  # type: ignore[arg-type]
    assert round_trip(model) == model


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_small_models_survive(name: str) -> None:
    first = round_trip(SMALL_MODELS[name]())
    assert round_trip(first) == first
    assert write_bytes(first) == write_bytes(round_trip(first))


def test_ids_count_on_over_the_graphs() -> None:
    model = round_trip(SMALL_MODELS["while_loop"]())
    assert [item.id for item in model.all_tensors()] == list(range(len(model.tensors)))
    assert list(model.ops) == list(range(len(model.ops)))


def test_another_reader_sees_what_was_written() -> None:
    model = conv_chain()
    written = generated.Model.GetRootAs(write_bytes(model))
    graph = written.Subgraphs(0)
    assert written.Version() == 3
    assert graph.OperatorsLength() == len(model.main.ops)
    first = graph.Operators(0)
    assert written.OperatorCodes(first.OpcodeIndex()).BuiltinCode() == generated.BuiltinOperator.CONV_2D
    options = generated.Conv2DOptions()
    options.Init(first.BuiltinOptions().Bytes, first.BuiltinOptions().Pos)
    assert (options.StrideW(), options.DilationHFactor(), options.FusedActivationFunction()) == (1, 1, 1)
    weights = graph.Tensors(first.Inputs(1))
    expected = model.main.tensor(model.main.ops[0].operands[1])
    assert tuple(weights.ShapeAsNumpy()) == expected.shape
    assert written.Buffers(weights.Buffer()).DataAsNumpy().tobytes() == expected.array().tobytes()
    assert weights.Quantization().ScaleAsNumpy() == pytest.approx(expected.quant.scales)  # type: ignore[union-attr]


def test_identifier_alignment_and_the_empty_first_buffer() -> None:
    data = write_bytes(conv_chain())
    written = generated.Model.GetRootAs(data)
    assert data[4:8] == b"TFL3"
    assert written.Buffers(0).DataIsNone()
    for index in range(1, written.BuffersLength()):
        content = written.Buffers(index).DataAsNumpy().tobytes()
        starts = [at for at in range(0, len(data), 16) if data[at : at + len(content)] == content]
        assert starts, f"buffer {index} stands unaligned"


def test_equal_constants_are_stored_once() -> None:
    blob = Constant(bytes(range(256)) * 16)
    shape = (32, 32)
    tensors = [tensor(number, shape=shape, data=blob) for number in range(2, 8)]
    model = one_op(op_of("ABS"), tensor(0), tensor(1), *tensors)
    assert len(write_bytes(model)) < 2 * len(blob.data)


def test_a_constant_without_bytes_is_none() -> None:
    model = one_op(op_of("ABS"), tensor(0), tensor(1, shape=(0,), data=Constant(b"")))
    assert not round_trip(model).tensors[TensorId(1)].is_constant


def test_parts_outside_the_flatbuffer_stand_aligned_behind_it() -> None:
    data = write_bytes(one_op(op_of("ABS"), tensor(0), TENSORS["outside"]))
    buffer = generated.Model.GetRootAs(data).Buffers(1)
    assert buffer.DataIsNone()
    assert buffer.Offset() % 16 == 0
    assert data[buffer.Offset() : buffer.Offset() + buffer.Size()] == bytes(range(16))


def test_old_codes_fill_the_narrow_field() -> None:
    written = generated.Model.GetRootAs(write_bytes(one_op(OPS["high code"], tensor(0), tensor(1), tensor(2))))
    assert written.OperatorCodes(0).DeprecatedBuiltinCode() == 127


@pytest.mark.parametrize(
    ("op", "message"),
    [
        (op_of("NO_SUCH_OP"), "no operator 'NO_SUCH_OP'"),
        (op_of("ABS", Options("NoSuchOptions")), "no options 'NoSuchOptions'"),
        (op_of("ABS", Options("Conv2DOptions", (("strides", 1),))), "no field 'strides'"),
        (op_of("ABS", Options("Conv2DOptions", (("stride_w", 2**40),))), "cannot be written"),
        (op_of("ABS", Options("Conv2DOptions", (("stride_w", "two"),))), "cannot be written"),
        (op_of("RESHAPE", Options("ReshapeOptions", (("new_shape", 3),))), "cannot be written"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(op: Op, message: str) -> None:
    with pytest.raises(UnsupportedModelError, match=message):
        write_bytes(one_op(op, tensor(0), tensor(1)))


def test_made_options_hold_the_defaults_of_the_schema() -> None:
    options = make_options("DepthwiseConv2DOptions", stride_h=2)
    assert (options["stride_h"], options["stride_w"], options["dilation_h_factor"]) == (2, 0, 1)
    with pytest.raises(UnsupportedModelError, match="no field 'strides'"):
        make_options("DepthwiseConv2DOptions", strides=2)
    with pytest.raises(UnsupportedModelError, match="no options 'Tensor'"):
        make_options("Tensor")


def test_a_variable_stays_one() -> None:
    assert [item.name for item in round_trip(svdf()).all_tensors() if item.is_variable] == ["state"]
