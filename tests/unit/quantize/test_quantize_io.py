from dataclasses import replace

import numpy as np
import pytest

from arenafit.accuracy.precision import Precision, quant_for_range, quantised
from arenafit.ir import DType, Editor, Model, Quant, Signature, TensorId
from arenafit.quantize.io import boundaries, strip_io
from arenafit.quantize.tidy import tidied
from arenafit.tflite import make_options
from support.models import empty_model

QUANT = Quant((0.05,), (-3,))


class Draft:
    """A graph in the making: float ends around an int8 RELU."""

    def __init__(self) -> None:
        self.editor = Editor(empty_model())

    def tensor(self, name: str, dtype: DType = DType.INT8, quant: Quant = QUANT) -> TensorId:
        return self.editor.add_tensor(name, dtype, (1, 8), quant=None if dtype is DType.FLOAT32 else quant)

    def op(self, name: str, source: TensorId, target: TensorId) -> TensorId:
        options = {"QUANTIZE": "QuantizeOptions", "DEQUANTIZE": "DequantizeOptions"}.get(name)
        self.editor.append_op(self.editor.make_op(name, [source], [target], make_options(options) if options else None))
        return target

    def build(self, inputs: list[TensorId], outputs: list[TensorId]) -> Model:
        self.editor.set_inputs(inputs)
        self.editor.set_outputs(outputs)
        return self.editor.build()


@pytest.fixture
def wrapped() -> Model:
    draft = Draft()
    start, end = draft.tensor("start", DType.FLOAT32), draft.tensor("end", DType.FLOAT32)
    stored = draft.op("QUANTIZE", start, draft.tensor("stored"))
    draft.op("DEQUANTIZE", draft.op("RELU", stored, draft.tensor("result")), end)
    return draft.build([start], [end])


def names(model: Model) -> list[str]:
    return [op.name for op in model.main.ops]


def test_conversions_at_the_ends_go(wrapped: Model) -> None:
    stripped = strip_io(wrapped)
    assert names(stripped) == ["RELU"]
    first, last = (stripped.tensors[ids[0]] for ids in (stripped.main.inputs, stripped.main.outputs))
    assert (first.name, first.dtype, first.quant) == ("start", DType.INT8, QUANT)
    assert (last.name, last.dtype) == ("end", DType.INT8)
    assert len(stripped.main.tensors) == 2


def test_signatures_follow(wrapped: Model) -> None:
    ends = (("x", wrapped.main.inputs[0]),), (("y", wrapped.main.outputs[0]),)
    stripped = strip_io(replace(wrapped, signatures=(Signature("main", 0, *ends),)))
    (signature,) = stripped.signatures
    assert signature.inputs == (("x", stripped.main.inputs[0]),)
    assert signature.outputs == (("y", stripped.main.outputs[0]),)


def test_a_stripped_model_has_nothing_left_to_strip(wrapped: Model) -> None:
    stripped = strip_io(wrapped)
    assert strip_io(stripped) is stripped


def test_another_float_reader_gets_a_dequantize() -> None:
    draft = Draft()
    start = draft.tensor("start", DType.FLOAT32)
    stored = draft.op("QUANTIZE", start, draft.tensor("stored"))
    quiet = draft.op("RELU", stored, draft.tensor("quiet"))
    loud = draft.op("ELU", start, draft.tensor("loud", DType.FLOAT32))
    stripped = strip_io(draft.build([start], [quiet, loud]))
    assert names(stripped) == ["DEQUANTIZE", "RELU", "ELU"]
    assert stripped.tensors[stripped.main.inputs[0]].dtype is DType.INT8


def test_the_wider_type_becomes_the_input() -> None:
    draft = Draft()
    start = draft.tensor("start", DType.FLOAT32)
    narrow = draft.op("QUANTIZE", start, draft.tensor("narrow"))
    wide = draft.op("QUANTIZE", start, draft.tensor("wide", DType.INT16, Quant((0.001,), (0,))))
    first = draft.op("RELU", narrow, draft.tensor("first"))
    second = draft.op("RELU", wide, draft.tensor("second", DType.INT16, Quant((0.001,), (0,))))
    stripped = strip_io(draft.build([start], [first, second]))
    assert stripped.tensors[stripped.main.inputs[0]].dtype is DType.INT16
    assert sorted(names(stripped)) == ["QUANTIZE", "RELU", "RELU"]


def test_an_output_that_is_read_in_float_too_keeps_its_dequantize() -> None:
    draft = Draft()
    start = draft.tensor("start")
    result = draft.op("RELU", start, draft.tensor("result"))
    real = draft.op("DEQUANTIZE", result, draft.tensor("real", DType.FLOAT32))
    loud = draft.op("ELU", real, draft.tensor("loud", DType.FLOAT32))
    stripped = strip_io(draft.build([start], [real, loud]))
    assert names(stripped) == ["RELU", "DEQUANTIZE", "ELU"]
    assert [stripped.tensors[key].dtype for key in stripped.main.outputs] == [DType.INT8, DType.FLOAT32]


def test_an_input_passed_through_stays_float() -> None:
    draft = Draft()
    start = draft.tensor("start", DType.FLOAT32)
    end = draft.op(
        "DEQUANTIZE", draft.op("QUANTIZE", start, draft.tensor("stored")), draft.tensor("end", DType.FLOAT32)
    )
    model = draft.build([start], [end, start])
    stripped = strip_io(model)
    assert len(stripped.main.outputs) == 2
    assert stripped.tensors[stripped.main.inputs[0]].dtype is DType.FLOAT32


def test_a_round_trip_between_equal_parameters_vanishes() -> None:
    draft = Draft()
    start = draft.tensor("start")
    real = draft.op("DEQUANTIZE", start, draft.tensor("real", DType.FLOAT32))
    again = draft.op("QUANTIZE", real, draft.tensor("again"))
    end = draft.op("RELU", again, draft.tensor("end"))
    assert names(tidied(draft.build([start], [end]))) == ["RELU"]


def test_a_round_trip_between_other_parameters_is_one_quantize() -> None:
    draft = Draft()
    start = draft.tensor("start")
    real = draft.op("DEQUANTIZE", start, draft.tensor("real", DType.FLOAT32))
    again = draft.op("QUANTIZE", real, draft.tensor("again", quant=Quant((0.1,), (0,))))
    end = draft.op("RELU", again, draft.tensor("end", quant=Quant((0.1,), (0,))))
    assert names(tidied(draft.build([start], [end]))) == ["QUANTIZE", "RELU"]


def test_a_quantize_that_alone_makes_the_output_stays() -> None:
    draft = Draft()
    start = draft.tensor("start")
    end = draft.op("QUANTIZE", start, draft.tensor("end"))
    model = draft.build([start], [end])
    assert tidied(model) is model


def test_the_application_is_told_what_to_do(wrapped: Model) -> None:
    first, last = boundaries(strip_io(wrapped))
    assert first.advice == "write 'start' as int8: round(x / 0.05) - 3"
    assert last.advice == "read 'end' as int8: (q + 3) * 0.05"
    assert boundaries(wrapped)[0].advice == "'start' is float32: nothing to convert"


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT16])
@pytest.mark.parametrize(("low", "high"), [(-1.0, 3.0), (0.0, 6.0), (2.0, 5.0), (-4.0, -1.0), (0.0, 0.0)])
def test_parameters_hold_the_range_and_zero(precision: Precision, low: float, high: float) -> None:
    quant = quant_for_range(low, high, precision)
    assert quant.per_tensor is not None
    scale, zero_point = quant.per_tensor
    values = np.array([low, high, 0.0])
    real = (quantised(values, quant, precision.dtype).astype(np.float64) - zero_point) * scale
    np.testing.assert_allclose(real, values, atol=scale * 0.51)
    assert real[2] == 0.0
