"""TensorFlow's values and gradients are those of numpy, for operators it has and for those it has not."""

import builtins
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from arenafit.errors import RuntimeUnavailableError, UnsupportedModelError
from arenafit.ir import DType, Model, TensorId
from arenafit.learn.distil import Distil, distil, trainable
from arenafit.learn.engine import EngineName, engine
from arenafit.learn.lift import lift
from arenafit.structure.channels import channels, without
from support.models import RELU, Sketch, conv_chain, residual

RANDOM = np.random.default_rng(3)


def needs_tensorflow() -> None:
    pytest.importorskip("tensorflow", reason="needs TensorFlow (extra 'train')")


def mixed() -> Model:
    """Return a net with every operator that TensorFlow does, and some that numpy's rules do inside its tape."""
    sketch = Sketch(DType.FLOAT32, seed=9)
    tensor = sketch.conv(sketch.input(1, 12, 12, 2), 6, activation=RELU)
    tensor = sketch.depthwise(tensor)
    tensor = sketch.pool(tensor, 2)
    tensor = sketch.conv(tensor, 4, kernel=1, activation=RELU)
    tensor = sketch.pool(tensor, 2, kind="AVERAGE")
    return sketch.finish(sketch.softmax(sketch.dense(tensor, 3)))


def given(model: Model, count: int = 5) -> tuple[NDArray[np.float32], ...]:
    shape = model.tensors[model.main.inputs[0]].shape[1:]
    return (RANDOM.normal(size=(count, *shape)).astype(np.float32),)


@pytest.mark.parametrize("model", [mixed(), residual(DType.FLOAT32)], ids=["mixed", "residual"])
def test_values_and_gradients_are_those_of_numpy(model: Model) -> None:
    needs_tensorflow()
    lifted, inputs = lift(model), given(model)
    parameters = {name: lifted.constants[name] for name in trainable(model)}
    outputs = tuple(model.main.outputs)
    weights = RANDOM.normal(size=lifted.run(inputs)[0].shape).astype(np.float32)

    def slopes(_: Any) -> dict[TensorId, NDArray[np.float32]]:
        return {outputs[0]: weights}

    theirs, ours = (engine(name, lifted) for name in (EngineName.TENSORFLOW, EngineName.NUMPY))
    for tensor, value in ours.values(inputs, parameters, outputs).items():
        assert theirs.values(inputs, parameters, outputs)[tensor] == pytest.approx(value, rel=1e-4, abs=1e-5)
    mine, other = (item.gradients(inputs, parameters, outputs, slopes) for item in (ours, theirs))
    assert mine.keys() == other.keys() == parameters.keys()
    for name, gradient in mine.items():
        assert other[name] == pytest.approx(gradient, rel=1e-3, abs=1e-3 * float(np.abs(gradient).max() + 1e-6))


def test_distillation_gets_as_far_and_repeats_itself() -> None:
    needs_tensorflow()
    model = conv_chain(DType.FLOAT32, layers=2, size=8)
    found = channels(model)
    student = lift(without(found, [label for labels in found.layers.values() for label in labels[len(labels) // 2 :]]))
    inputs = given(model, 60)
    options = Distil(steps=60, looks=3, engine=EngineName.TENSORFLOW)
    first, again = (distil(lift(model), student, inputs, options) for _ in range(2))
    assert first.kept
    assert first.after < 0.9 * first.before
    assert all(np.array_equal(item, again.parameters[name]) for name, item in first.parameters.items())


def test_an_operator_without_gradient_is_named_by_it_too() -> None:
    needs_tensorflow()
    sketch = Sketch(DType.FLOAT32)
    tensor = sketch.conv(sketch.input(1, 4, 4, 2), 3)
    model = sketch.finish(sketch._op("L2_NORMALIZATION", (tensor,), sketch.shape(tensor), "L2NormOptions", {}))
    options = Distil(steps=1, looks=1, engine=EngineName.TENSORFLOW)
    with pytest.raises(UnsupportedModelError, match="L2_NORMALIZATION"):
        distil(lift(model), lift(model), given(model, 10), options)


def test_without_tensorflow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    load = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "tensorflow":
            raise ImportError("No module named 'tensorflow'")
        return load(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(RuntimeUnavailableError, match=r"arenafit\[train\].*--engine numpy"):
        engine(EngineName.TENSORFLOW, lift(conv_chain(DType.FLOAT32)))
