"""UNIDIRECTIONAL_SEQUENCE_LSTM: its Prepare compares the sizes of weights, biases and states."""

from dataclasses import replace

import pytest

from arenafit.ir import Model
from arenafit.runtime import Refusal, TflmPool
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from arenafit.validity import diagnose
from support.layer_cases import LAYER_CASES


def lstm() -> Model:
    return LAYER_CASES["UNIDIRECTIONAL_SEQUENCE_LSTM"]["float"]()


def with_shape(index: int, shape: tuple[int, ...]) -> Model:
    model = lstm()
    key = model.main.ops[0].inputs[index]
    tensors = tuple(replace(item, shape=shape) if item.id == key else item for item in model.main.tensors)
    return replace(model, graphs=(replace(model.main, tensors=tensors),))


def test_a_whole_one_is_taken() -> None:
    assert not diagnose(lstm(), WHEEL)


@pytest.mark.parametrize("index", [2, 7, 13])
def test_a_weight_or_bias_of_another_size_is_refused_as_tflm_refuses_it(index: int) -> None:
    model = lstm()
    operand = model.main.ops[0].inputs[index]
    assert operand is not None
    shape = model.tensors[operand].shape
    model = with_shape(index, (shape[0] - 1, *shape[1:]))
    assert "shape" in {item.kind for item in diagnose(model, WHEEL) if item.stops}
    with TflmPool(1) as tflm:
        assert isinstance(tflm.measure(write_bytes(model)), Refusal)
