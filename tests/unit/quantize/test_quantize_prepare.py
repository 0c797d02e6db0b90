import numpy as np
import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Editor, Model, Quant
from arenafit.quantize import prepare
from arenafit.tflite import make_options
from support.models import conv_chain, empty_model
from support.one_op import const, f32, i8, i32, one_op

WEIGHTS = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
DENSE = "FullyConnectedOptions"


def test_a_float_model_stays_as_it_is() -> None:
    model = conv_chain(DType.FLOAT32)
    prepared = prepare(model)
    assert prepared.model is model
    assert prepared.notes == ()


def test_half_precision_weights_behind_a_dequantize_are_written_out() -> None:
    editor = Editor(empty_model())
    source = editor.add_tensor("source", DType.FLOAT32, (1, 4))
    half = editor.add_constant("half", WEIGHTS.astype(np.float16))
    full = editor.add_tensor("full", DType.FLOAT32, (3, 4))
    result = editor.add_tensor("result", DType.FLOAT32, (1, 3))
    editor.append_op(editor.make_op("DEQUANTIZE", [half], [full], make_options("DequantizeOptions")))
    editor.append_op(editor.make_op("FULLY_CONNECTED", [source, full, None], [result], make_options(DENSE)))
    editor.set_inputs([source])
    editor.set_outputs([result])
    prepared = prepare(editor.build())
    (op,) = prepared.model.main.ops
    assert op.name == "FULLY_CONNECTED"
    written = prepared.model.tensors[op.operands[1]]
    np.testing.assert_array_equal(written.array(), WEIGHTS.astype(np.float16).astype(np.float32))
    assert prepared.notes == ("1 constants were stored as float16; they were written out in float32 before quantising",)


@pytest.mark.parametrize(
    "quant", [Quant((0.5,), (0,)), Quant((0.5,), (3,)), Quant((0.5, 0.25, 0.125), (0, 0, 0), 0), Quant((0.5,))]
)
def test_hybrid_weights_are_written_out(quant: Quant) -> None:
    stored = np.arange(12, dtype=np.int8).reshape(3, 4)
    model = one_op(
        "FULLY_CONNECTED",
        [f32(1, 4), const(stored, np.int8, quant)],
        [f32(1, 3)],
        DENSE,
        asymmetric_quantize_inputs=True,
    )
    prepared = prepare(model).model
    (op,) = prepared.main.ops
    scales = np.asarray(quant.scales).reshape(-1, 1)
    expected = (stored - (quant.zero_points or (0,))[0]) * scales
    np.testing.assert_array_equal(prepared.tensors[op.operands[1]].array(), expected)
    assert op.options is not None
    assert not op.options["asymmetric_quantize_inputs"]


def test_integers_that_are_no_weights_are_left_alone() -> None:
    model = one_op("RESHAPE", [f32(2, 3), const([3, 2])], [f32(3, 2)], "ReshapeOptions", new_shape=(3, 2))
    assert prepare(model).model is model


def blocks() -> Model:
    stored = const(np.ones((3, 4), np.int8), np.int8, Quant((0.5,) * 6, (0,) * 6, 1))
    return one_op("FULLY_CONNECTED", [f32(1, 4), stored], [f32(1, 3)], DENSE)


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        (conv_chain(DType.INT8), "is quantised already"),
        (one_op("DEQUANTIZE", [i8(2, 3)], [f32(2, 3)]), "'in0' is int8"),
        (one_op("ADD", [i32(2), i32(2)], [i32(2)], "AddOptions"), "computes on no float data"),
        (one_op("RELU", [f32(0, 3)], [f32(0, 3)]), "has no elements"),
        (blocks(), "quantised in blocks"),
    ],
)
def test_what_is_no_float_model_is_refused(model: Model, complaint: str) -> None:
    with pytest.raises(UnsupportedModelError, match=complaint):
        prepare(model)
