"""Self-distillation brings a smaller net nearer to the original, and never returns anything worse."""

import numpy as np
import pytest
from numpy.typing import NDArray

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model
from arenafit.learn.distil import Distil, distil, trainable, varied
from arenafit.learn.gradients import gradients, recorded
from arenafit.learn.lift import lift
from arenafit.structure.channels import channels, without
from support.models import Sketch, conv_chain, residual

RANDOM = np.random.default_rng(7)


def smaller(model: Model) -> Model:
    found = channels(model)
    return without(found, [label for labels in found.layers.values() for label in labels[len(labels) // 2 :]])


def inputs(model: Model, count: int = 60) -> tuple[NDArray[np.float32], ...]:
    shape = model.tensors[model.main.inputs[0]].shape[1:]
    return (RANDOM.normal(size=(count, *shape)).astype(np.float32),)


def test_gradients_go_through_a_whole_net_with_a_shortcut() -> None:
    model = residual(DType.FLOAT32)
    lifted = lift(model)
    given = tuple(item.astype(np.float64) for item in inputs(model, 3))
    parameters = {tensor: lifted.constants[tensor].astype(np.float64) for tensor in trainable(model)}
    values, tape = recorded(lifted, given, parameters)
    (output,) = model.main.outputs
    weights = RANDOM.normal(size=values[output].shape)
    found = gradients(tape, {output: weights}, tuple(parameters))
    assert found.keys() == parameters.keys()
    for tensor, gradient in found.items():
        index = int(RANDOM.integers(0, gradient.size))
        sides = []
        for step in (1e-6, -1e-6):
            moved = parameters[tensor].copy()
            moved.reshape(-1)[index] += step
            sides.append(float((lifted.run(given, {**parameters, tensor: moved})[0] * weights).sum()))
        assert gradient.reshape(-1)[index] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-3, abs=1e-5)


def test_it_comes_nearer_to_the_original() -> None:
    model = conv_chain(DType.FLOAT32, layers=2, size=8)
    made = distil(lift(model), lift(smaller(model)), inputs(model), Distil(steps=60, looks=3))
    assert made.kept
    assert made.after < 0.9 * made.before


def test_what_makes_it_worse_is_not_kept() -> None:
    model = conv_chain(DType.FLOAT32, layers=2, size=8)
    student = lift(smaller(model))
    made = distil(lift(model), student, inputs(model), Distil(steps=2, looks=1, rate=1e4))
    assert made.after <= made.before
    if not made.kept:
        assert all(np.array_equal(made.parameters[tensor], student.constants[tensor]) for tensor in made.parameters)


def test_the_same_seed_gives_the_same_parameters() -> None:
    model = conv_chain(DType.FLOAT32, layers=1, size=8)
    given = inputs(model, 20)
    first, second = (distil(lift(model), lift(smaller(model)), given, Distil(steps=4, looks=1)) for _ in range(2))
    assert all(np.array_equal(item, second.parameters[tensor]) for tensor, item in first.parameters.items())


def test_varied_samples_keep_their_shape_and_range() -> None:
    given = inputs(conv_chain(DType.FLOAT32))
    (made,) = varied(given, 40, np.random.default_rng(1))
    assert made.shape == (40, *given[0].shape[1:])
    assert made.min() >= given[0].min()
    assert made.max() <= given[0].max()
    assert not any(np.array_equal(item, other) for item, other in zip(made, given[0], strict=False))


def test_an_operator_without_gradient_is_named() -> None:
    sketch = Sketch(DType.FLOAT32)
    tensor = sketch.conv(sketch.input(1, 4, 4, 2), 3)
    output = sketch._op("L2_NORMALIZATION", (tensor,), sketch.shape(tensor), "L2NormOptions", {})
    model = sketch.finish(output)
    with pytest.raises(UnsupportedModelError, match="L2_NORMALIZATION"):
        distil(lift(model), lift(model), inputs(model, 10), Distil(steps=1, looks=1))
