"""The pieces of a sweep: spaces, what a search begins with, the front, samples at other resolutions, candidates."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("optuna", reason="needs optuna (extra sweep)")

from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.learn.lift import lift
from arenafit.learn.student import TrainingSchedule, TrainingSet, train_student
from arenafit.sweep.code_source import randomise
from arenafit.sweep.from_model import space_of_model
from arenafit.sweep.front import Point, beyond_chance, chosen, front
from arenafit.sweep.judge import Loss, compared, losses
from arenafit.sweep.model_source import ModelSource
from arenafit.sweep.plan import Plan
from arenafit.sweep.pricing import Figures
from arenafit.sweep.resize import means, resized
from arenafit.sweep.sources import PriceOnly
from arenafit.sweep.space import Params, Space, load_space, space_of
from arenafit.sweep.starts import starts
from arenafit.targets.target import WHEEL
from support.sweeps import CLASSES, classifier, space

AIMS = ("fitted", "loss", "instructions")


def test_the_space_of_a_model_goes_down_to_a_quarter_of_its_resolution() -> None:
    found = space_of_model(classifier(), WHEEL)
    assert [item.choices for item in found.parameters if item.name == "input"] == [
        ("keep", "0.75", "0.5", "0.375", "0.25")
    ]
    smallest = PriceOnly(classifier(), found).candidate({**found.defaults, "input": "0.25"}).untrained
    assert smallest is not None
    assert smallest.tensors[smallest.main.inputs[0]].shape == (1, 3, 3, 2)


def test_a_space_is_read_from_toml(tmp_path: Path) -> None:
    file = tmp_path / "space.toml"
    file.write_text('[parameters]\nrecipe = ["int8", "mixed"]\nwidth = { low = 4, high = 30, step = 8 }\n')
    found = load_space(str(file))
    assert found.size == 8
    assert found.defaults == {"recipe": "int8", "width": 28}
    assert Space.from_json(json.loads(json.dumps(found.as_json()))) == found


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "names no parameters"),
        ({"width": []}, "'width': write a list"),
        ({"width": {"low": 4}}, "'width': write"),
        ({"width": {"low": 4, "high": 2}}, "there is nothing"),
        ({"recipe": ["int4"]}, "'int4' is none of"),
        ({"recipe": {"low": 1, "high": 2}}, "'recipe': write a list of int8, int16x8"),
        ({"width": {"low": 0, "high": 1 << 63}}, "'width': .* more than can be sampled"),
        ({"depth": [[1]]}, "neither text nor number"),
    ],
)
def test_a_space_that_is_none_is_refused(table: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        space_of(table, "space.toml")


def test_a_space_whose_function_fails_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "failing_space.py").write_text("def made():\n    raise ValueError('no data')\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="failing_space:made: fails: ValueError: no data"):
        load_space("failing_space:made")


def test_the_search_begins_with_the_model_as_it_is_and_few_changes() -> None:
    found = starts(space(), 0)
    assert found[0] == space().defaults
    assert len({json.dumps(params, sort_keys=True) for params in found}) == len(found) == 12
    assert starts(space(), 0) == found != starts(space(), 1)


def test_of_the_same_arena_the_start_that_computes_most_is_taken() -> None:
    def price(params: Params) -> tuple[int, int] | None:
        if params["io"] == "float":
            return None
        return 1000 * int(params["conv#0.channels"]), int(params["conv#2.channels"])

    found = starts(space(), 0, price)
    assert found[0] == space().defaults
    assert [price(params) for params in found[1:]] == [(1000 * width, 8) for width in (4, 6, 8, 10, 12, 14, 16)]


def test_one_start_is_the_model_as_it_is_and_nothing_is_priced_for_it() -> None:
    priced: list[Params] = []

    def price(params: Params) -> tuple[int, int] | None:
        priced.append(params)
        return 1000, 1

    assert starts(space(), 0, price, 1) == [space().defaults]
    assert priced == []
    assert len(starts(space(), 0, price, 2)) == 2
    assert priced


def test_without_a_start_of_any_worth_the_model_as_it_is_is_left() -> None:
    assert starts(space(), 0, lambda _: None) == [space().defaults]


def point(number: int, fitted: int, loss: float, instructions: int = 1, error: float = 0.01) -> Point:
    figures = Figures(2 * fitted, 100, 10, instructions, fitted, instructions)
    return Point(number, {}, (), figures, figures, Loss(loss, loss - 0.1, error))


def test_the_front_holds_what_nothing_beats_and_the_margin_what_chance_does_not_explain() -> None:
    points = [point(0, 100, 0.2), point(1, 200, 0.195), point(2, 300, 0.1), point(3, 300, 0.15), point(4, 100, 0.2)]
    assert [item.number for item in front(points, AIMS)] == [0, 1, 2]
    assert [item.number for item in beyond_chance(front(points, AIMS), AIMS)] == [0, 2]


def test_a_choice_within_the_loss_allowed_keeps_a_standard_error_off_it_first() -> None:
    points = [point(0, 100, 0.109), point(1, 200, 0.095), point(2, 300, 0.09)]
    picked = chosen(points, Plan(choices=1, max_drop=0.01))
    assert [item.number for item in picked] == [1]


def test_what_loses_far_too_much_is_not_chosen_where_there_is_anything_else() -> None:
    points = [point(0, 100, 0.15), point(1, 200, 0.118), point(2, 300, 0.102, error=0.001), point(3, 400, 0.13)]
    assert [item.number for item in chosen(points, Plan(choices=6, max_drop=0.01))] == [2, 1]
    assert [item.number for item in chosen(points[:1], Plan(choices=6, max_drop=0.01))] == [0]


def test_means_are_over_blocks_or_areas() -> None:
    assert means(5, 2).tolist() == [[0.5, 0.5, 0, 0, 0], [0, 0, 0.5, 0.5, 0]]
    areas = means(5, 3)
    assert np.allclose(areas.sum(axis=1), 1)
    assert np.allclose(areas.sum(axis=0), 3 / 5)
    images = np.arange(2 * 4 * 4, dtype=np.float32).reshape(2, 4, 4, 1)
    assert resized(images, (2, 2, 1))[0, 0, 0, 0] == images[0, :2, :2].mean()
    with pytest.raises(UnsupportedModelError, match="more cannot be made"):
        resized(images, (8, 4, 1))


def test_losses_are_wrong_classes_squared_errors_or_disagreement() -> None:
    model = classifier()
    outputs = (np.eye(CLASSES)[[0, 1, 2, 0]],)
    labels = np.array([0, 1, 1, 1])
    assert losses(model, outputs, (labels,), None).tolist() == [0, 0, 1, 1]
    assert losses(model, outputs, (None,), (np.eye(CLASSES)[[0, 2, 2, 0]],)).tolist() == [0, 1, 0, 0]
    targets = np.zeros((4, CLASSES), np.float32)
    assert np.allclose(losses(model, outputs, (targets,), None), 1 / CLASSES)
    with pytest.raises(UnsupportedModelError, match="no labels"):
        losses(model, outputs, (None,), None)
    found = compared(np.array([1.0, 0, 1, 0]), np.array([0.0, 0, 1, 0]), relative=False)
    assert (found.mean, found.drop) == (0.5, 0.25)
    assert np.isclose(found.error, np.array([1, 0, 0, 0]).std() / 2)


def examples(count: int = 96) -> TrainingSet:
    random = np.random.default_rng(1)
    labels = np.arange(count) % CLASSES
    inputs = random.normal(0, 0.3, (count, 12, 12, 2)).astype(np.float32)
    for place, label in enumerate(labels):
        inputs[place, 4 * label : 4 * label + 4] += 1
    return TrainingSet((inputs,), (None,), (labels,))


def test_a_student_learns_from_labels_alone() -> None:
    found = train_student(lift(classifier()), examples(), examples(), TrainingSchedule(steps=60, rate=1e-2))
    assert not found.diverged
    assert found.loss < 0.5 * found.constant_loss


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_training_that_comes_to_nothing_is_told() -> None:
    found = train_student(lift(classifier()), examples(), examples(), TrainingSchedule(steps=20, rate=1e4, fresh=True))
    assert found.diverged


def test_a_space_of_another_model_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"parameter 'conv#9\.channels'"):
        ModelSource(classifier(), None, space_of({"conv#9.channels": ["keep", "4"]}, "here"), TrainingSchedule())


def test_candidates_of_one_structure_have_one_key_and_others_another() -> None:
    source = ModelSource(classifier(), None, space(), TrainingSchedule())
    whole = source.candidate(space().defaults)
    assert whole.is_trained
    assert source.candidate({**space().defaults, "conv#0.channels": 16}).key == whole.key
    assert source.candidate({**space().defaults, "conv#0.channels": 8}).key != whole.key
    assert source.candidate({**space().defaults, "io": "float"}).key != whole.key


def test_a_change_that_replaces_an_operator_comes_after_one_that_is_about_it() -> None:
    wanted = space_of({"pool#1.order": ["first"], "pool#1.window": ["3"]}, "here")
    found = ModelSource(classifier(), None, wanted, TrainingSchedule()).candidate(wanted.defaults)
    assert found.untrained is not None
    first = found.untrained.main.ops[0]
    assert first.name.endswith("POOL_2D")
    assert first.options is not None
    assert first.options.get("filter_height") == 3


def test_a_change_that_keeps_its_operator_comes_before_all_that_replace_one() -> None:
    # Neither the order given nor its reverse will do.
    params = {"conv#2.stride": "2", "conv#2.separable": "yes", "pool#1.order": "first", "pool#1.window": "3"}
    wanted = space_of({name: [value] for name, value in params.items()}, "here")
    found = ModelSource(classifier(), None, wanted, TrainingSchedule()).candidate(wanted.defaults)
    assert found.untrained is not None
    assert [op.name for op in found.untrained.main.ops][:4] == [
        "MAX_POOL_2D",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "CONV_2D",
    ]


def test_two_changes_that_replace_the_same_operator_are_refused() -> None:
    wanted = space_of({"pool#1.order": ["first"], "pool#1.instead": ["stride"]}, "here")
    with pytest.raises(UnsupportedModelError, match=r"pool#1\.order=first: takes out an operator"):
        ModelSource(classifier(), None, wanted, TrainingSchedule()).candidate(wanted.defaults)


class _Keras:
    """What is asked of a Keras model: biases zero before training, a variance, the state of a random generator."""

    def __init__(self) -> None:
        self.values = [np.ones((3, 9), np.float32), np.zeros(9, np.float32), np.zeros(9, np.float32)]
        self.values += [np.ones(9, np.float32), np.asarray([7, 8], np.uint32)]
        self.weights = [SimpleNamespace(trainable=place < 3) for place in range(5)]

    def get_weights(self) -> list[np.ndarray]:
        return self.values

    def set_weights(self, weights: list[np.ndarray]) -> None:
        self.values = weights


def test_no_weights_of_an_untrained_model_are_zero_equal_or_all_of_one_sign() -> None:
    model = _Keras()
    randomise(model)
    weights, bias, other, variance, state = model.values
    assert [item.dtype for item in model.values] == [*[np.float32] * 4, np.uint32]
    for item in (weights, bias, other):
        assert (item > 0).any()
        assert (item < 0).any()
        assert (item != 0).all()
    assert not np.array_equal(bias, other)
    assert (variance > 0).all()
    assert state.tolist() == [7, 8]


def test_a_plan_out_of_range_is_refused() -> None:
    for wrong in (
        {"trials": 0},
        {"cpu_seconds": 0.0},
        {"seed": -1},
        {"objectives": ("size",)},
        {"seeds": 0},
        {"ram_bytes": 0},
        {"flash_bytes": 0},
        {"instructions": -1},
        {"max_drop": float("nan")},
        {"effort": "foo"},
    ):
        with pytest.raises(ConfigError):
            replace(Plan(), **wrong)
    with pytest.raises(ConfigError, match="of format 99"):
        Plan.from_json({"format": 99})
