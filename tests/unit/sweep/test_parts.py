"""The pieces of a sweep: spaces, the journal, who has a content, the front, samples at other resolutions."""

import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("optuna", reason="needs optuna (extra sweep)")

from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.learn.imitation import Course, Lessons, imitate
from arenafit.learn.lift import lift
from arenafit.sweep import liveness
from arenafit.sweep.code_source import randomise
from arenafit.sweep.extras import optuna
from arenafit.sweep.finished import RESULT, TRIES
from arenafit.sweep.front import Point, beyond_chance, chosen, front
from arenafit.sweep.journal import cut_half_line
from arenafit.sweep.judge import Loss, compared, losses
from arenafit.sweep.liveness import identity, is_dead
from arenafit.sweep.model_source import ModelSource
from arenafit.sweep.plan import Plan
from arenafit.sweep.pricing import Figures
from arenafit.sweep.resize import means, resized
from arenafit.sweep.run import begin, go_on
from arenafit.sweep.space import Params, Space, load_space, space_of
from arenafit.sweep.starts import starts
from arenafit.sweep.store import create, load, shown
from arenafit.sweep.trial import dominating
from arenafit.sweep.trial_store import MOST_TRIES, TrialStore
from arenafit.sweep.worker import Job, work
from support.sweeps import CLASSES, classifier, priced_config, space

AIMS = ("fitted", "loss", "instructions")


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


def test_without_a_start_of_any_worth_the_model_as_it_is_is_left() -> None:
    assert starts(space(), 0, lambda _: None) == [space().defaults]


def test_half_a_line_is_cut_away(tmp_path: Path) -> None:
    storage = tmp_path / "sweep.journal"
    trial_store = begin(str(storage), priced_config(3))
    whole = storage.read_bytes()
    storage.write_bytes(whole + b'{"op_code":5,"wor')
    TrialStore(load(str(storage))[0]).queue({"input": "0.5"})
    lines = storage.read_bytes()[len(whole) :].splitlines()
    assert [json.loads(line)["op_code"] for line in lines] == [4]
    assert cut_half_line(storage) == 0
    assert len(trial_store.trials()) == 4


def test_a_storage_holds_one_sweep(tmp_path: Path) -> None:
    storage = str(tmp_path / "sweep.journal")
    begin(storage, priced_config(2))
    with pytest.raises(ConfigError, match="holds a sweep already"):
        begin(storage, priced_config(2))
    with pytest.raises(ConfigError, match="no such sweep"):
        load(str(tmp_path / "other.journal"))


def test_what_is_no_journal_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a journal\nat all\n")
    with pytest.raises(ConfigError, match="is no journal"):
        load(str(file))


@pytest.mark.parametrize("text", ["notes", "notes\n", '{"op"}', "\n"])
def test_a_file_that_is_no_journal_stays_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"notes\.txt: is no journal of a sweep, and stays as it is"):
        begin(str(file), priced_config(2))
    assert file.read_text() == text


def test_a_pipe_is_no_place_for_a_journal(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is no place for a journal file"):
        begin(str(tmp_path / "pipe"), priced_config(2))


def test_a_journal_whose_first_line_a_kill_cut_off_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "sweep.journal"
    file.write_text('{"op_')
    assert len(begin(str(file), priced_config(2)).trials()) == 2


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("postgresql://me:secret@host/sweep", "postgresql://me:***@host/sweep"),
        ("postgresql://me:sec/ret@host/sweep", "postgresql://me:***@host/sweep"),
        ("postgresql://host/sweep?user=me&password=secret&x=1", "postgresql://host/sweep?user=me&password=***&x=1"),
        ("sqlite:///a:b/sweep.db", "sqlite:///a:b/sweep.db"),
    ],
)
def test_passwords_are_not_shown(url: str, seen: str) -> None:
    assert shown(url) == seen


def test_where_signal_0_is_ctrl_c_no_process_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(pid: int, signal: int) -> None:
        pytest.fail(f"signal {signal} was sent to {pid}")

    monkeypatch.setattr(os, "kill", killed)
    monkeypatch.setattr(sys, "platform", "win32")
    assert liveness.is_dead({"machine": liveness.machine(), "pid": 1, "started": None}) is None


def test_one_content_is_claimed_once(tmp_path: Path) -> None:
    trial_store = begin(str(tmp_path / "sweep.journal"), priced_config(9))
    first, second = trial_store.study.ask(), trial_store.study.ask()
    for trial in (first, second):
        trial_store.begin(trial)
    assert trial_store.claim(first, "one") is None
    assert trial_store.claim(second, "one") == first.number
    assert trial_store.claim(second, "two") is None


def test_of_two_that_want_the_same_at_once_the_earlier_has_it(tmp_path: Path) -> None:
    trial_store = begin(str(tmp_path / "sweep.journal"), priced_config(9))
    first, second = trial_store.study.ask(), trial_store.study.ask()
    for trial in (first, second):
        trial_store.begin(trial)
    first.set_user_attr("key", "one")  # it has written its key, and has not looked yet
    assert trial_store.claim(second, "one") == first.number


def test_the_trial_of_a_dead_process_is_queued_again_once_and_at_last_given_up(tmp_path: Path) -> None:
    trial_store = begin(str(tmp_path / "sweep.journal"), priced_config(9))
    params = None
    for turn in range(1, MOST_TRIES + 1):
        queued = [item for item in trial_store.trials() if item.user_attrs.get(TRIES, 1) == turn]
        trial = next(
            trial for trial in iter(trial_store.study.ask, None) if turn == 1 or trial.number == queued[-1].number
        )
        trial.set_user_attr("worker", {**identity(), "started": "0"})
        params = params or trial.study.trials[trial.number].system_attrs["fixed_params"]
        trial_store.reap()
        trial_store.reap()
        again = [item for item in trial_store.trials() if item.user_attrs.get("retry_of") == trial.number]
        assert len(again) == (1 if turn < MOST_TRIES else 0)
        assert all(item.system_attrs["fixed_params"] == params for item in again)


def test_a_living_process_keeps_its_trial(tmp_path: Path) -> None:
    trial_store = begin(str(tmp_path / "sweep.journal"), priced_config(9))
    trial_store.begin(trial_store.study.ask())
    assert trial_store.reap() == 0
    assert is_dead(identity()) is False
    assert is_dead({**identity(), "machine": "elsewhere"}) is None


@pytest.mark.parametrize("storage", ["sweep.journal", "sqlite:///{}/sweep.db"])
def test_a_silent_worker_of_another_machine_is_given_up_by_its_beats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str
) -> None:
    is_database = storage.startswith("sqlite")
    trial_store = begin(storage.format(tmp_path) if is_database else str(tmp_path / storage), priced_config(9))
    assert trial_store.has_heartbeats is is_database
    trial = trial_store.study.ask()
    trial.set_user_attr("worker", {**identity(), "machine": "elsewhere"})
    monkeypatch.setattr("arenafit.sweep.trial_store.SILENT_SECONDS", -1.0)
    assert trial_store.reap() == 0, "it was seen for the first time"
    trial.set_user_attr("beat", 1)
    assert trial_store.reap() == 0, "it showed a sign of life"
    # A database tells by its own clock; here nobody recorded a heartbeat, so it has nothing to say.
    assert trial_store.reap() == (0 if is_database else 1)


def test_what_failed_for_a_reason_is_not_run_again(tmp_path: Path) -> None:
    trial_store = begin(str(tmp_path / "sweep.journal"), priced_config(9))
    trial = trial_store.study.ask()
    trial_store.begin(trial)
    assert trial_store.settle(trial, {"failed": True, "reason": "a defect", "cpu": 0.0})
    before = len(trial_store.trials())
    trial_store.reap()
    assert len(trial_store.trials()) == before
    assert not trial_store.settle(trial, {"cpu": 1.0}, [1.0, 2.0])


def test_one_worker_prices_to_the_trial_and_repeats_itself(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        storage = str(tmp_path / name)
        begin(storage, priced_config(14))
        work(Job(storage))
        trial_store, config = go_on(storage)
        assert len(trial_store.counted()) == 14
        found.append(
            [(trial.params, trial.values, trial.user_attrs[RESULT].get("reason")) for trial in trial_store.trials()]
        )
    assert found[0] == found[1]
    trial_store, config = go_on(storage, trials=16)
    assert config.plan.trials == 16
    work(Job(storage))
    assert len(trial_store.counted()) == 16


def test_too_big_is_given_up_by_price(tmp_path: Path) -> None:
    storage = str(tmp_path / "sweep.journal")
    begin(storage, priced_config(6, ram_bytes=100))
    work(Job(storage))
    trials = TrialStore(load(storage)[0]).trials()
    assert {trial.state.name for trial in trials} == {"PRUNED"}
    assert all(
        trial.user_attrs[RESULT]["reason"].startswith("too big")
        for trial in trials
        if "figures" in trial.user_attrs[RESULT]
    )
    assert all(trial.user_attrs[RESULT]["excess"] > 0 for trial in trials if "figures" in trial.user_attrs[RESULT])


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


def lessons(count: int = 96) -> Lessons:
    random = np.random.default_rng(1)
    labels = np.arange(count) % CLASSES
    inputs = random.normal(0, 0.3, (count, 12, 12, 2)).astype(np.float32)
    for place, label in enumerate(labels):
        inputs[place, 4 * label : 4 * label + 4] += 1
    return Lessons((inputs,), (None,), (labels,))


def test_a_student_learns_from_labels_alone() -> None:
    found = imitate(lift(classifier()), lessons(), lessons(), Course(steps=60, rate=1e-2))
    assert not found.diverged
    assert found.loss < 0.5 * found.constant_loss


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_training_that_comes_to_nothing_is_told() -> None:
    found = imitate(lift(classifier()), lessons(), lessons(), Course(steps=20, rate=1e4, fresh=True))
    assert found.diverged


def test_a_space_of_another_model_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"parameter 'conv#9\.channels'"):
        ModelSource(classifier(), None, space_of({"conv#9.channels": ["keep", "4"]}, "here"), Course())


def test_candidates_of_one_structure_have_one_key_and_others_another() -> None:
    source = ModelSource(classifier(), None, space(), Course())
    whole = source.candidate(space().defaults)
    assert whole.is_trained
    assert source.candidate({**space().defaults, "conv#0.channels": 16}).key == whole.key
    assert source.candidate({**space().defaults, "conv#0.channels": 8}).key != whole.key
    assert source.candidate({**space().defaults, "io": "float"}).key != whole.key


def test_a_change_that_replaces_an_operator_comes_after_one_that_is_about_it() -> None:
    wanted = space_of({"pool#1.order": ["first"], "pool#1.window": ["3"]}, "here")
    found = ModelSource(classifier(), None, wanted, Course()).candidate(wanted.defaults)
    assert found.untrained is not None
    first = found.untrained.main.ops[0]
    assert first.name.endswith("POOL_2D")
    assert first.options is not None
    assert first.options.get("filter_height") == 3


def test_a_change_that_keeps_its_operator_comes_before_all_that_replace_one() -> None:
    # Neither the order given nor its reverse will do.
    params = {"conv#2.stride": "2", "conv#2.separable": "yes", "pool#1.order": "first", "pool#1.window": "3"}
    wanted = space_of({name: [value] for name, value in params.items()}, "here")
    found = ModelSource(classifier(), None, wanted, Course()).candidate(wanted.defaults)
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
        ModelSource(classifier(), None, wanted, Course()).candidate(wanted.defaults)


def _trained(trial_store: TrialStore, mean: float, drop: float, fitted: int) -> None:
    """Add a trial that took so much and lost so much, with a standard error of one point."""
    trial = trial_store.study.ask()
    figures = asdict(Figures(fitted, 0, 0, 10, fitted, 10))
    result = {"figures": figures, "loss": asdict(Loss(mean, drop, 0.01)), "cpu": 1.0}
    trial_store.settle(trial, result, [float(fitted), mean, 10.0])


def test_a_candidate_is_dominated_by_one_with_which_nothing_is_lost_and_by_no_other(tmp_path: Path) -> None:
    config = replace(priced_config(9), plan=Plan(model="net", data="data.npz", trials=9))
    trial_store = TrialStore(create(str(tmp_path / "sweep.journal"), config))
    larger = Figures(900, 0, 0, 20, 900, 20)
    _trained(trial_store, mean=0.20, drop=0.10, fitted=500)
    assert dominating(trial_store, config.plan, larger) is None  # the best so far, and yet far from the original
    _trained(trial_store, mean=0.105, drop=0.005, fitted=600)
    assert dominating(trial_store, config.plan, larger) == 1
    assert dominating(trial_store, config.plan, Figures(550, 0, 0, 5, 550, 5)) is None


def test_with_training_code_a_dozen_are_trained_before_any_is_given_up_for_its_price(tmp_path: Path) -> None:
    config = replace(priced_config(90), plan=Plan(train="code:make", data="data.npz", trials=90))
    trial_store = TrialStore(create(str(tmp_path / "sweep.journal"), config))
    found = []
    for _ in range(13):
        found.append(dominating(trial_store, config.plan, Figures(900, 0, 0, 20, 900, 20)))
        _trained(trial_store, mean=0.1, drop=0.0, fitted=500)
    assert found == [None] * 12 + [0]


def test_what_is_gathered_once_of_finished_trials_is_what_a_look_at_all_tells(tmp_path: Path) -> None:
    trial_store = begin(str(tmp_path / "sweep.journal"), priced_config(4))
    states = optuna().trial.TrialState
    for turn in range(9):
        trial = trial_store.study.ask()
        trial_store.begin(trial)
        trial.suggest_categorical("io", ("int8", "float"))
        assert trial_store.claim(trial, f"content {turn % 3}") == (None if turn < 3 else turn % 3)
        if turn == 5:
            trial_store.study.tell(trial.number, state=states.FAIL)  # killed
            trial_store.recover()
        elif turn != 4:  # goes on running, so that what is behind it is looked at each time
            extra = {} if turn < 3 else {"duplicate_of": turn % 3}
            trial_store.settle(trial, {"cpu": 1.0, **extra}, [1.0, 1.0] if turn < 3 else None)
        fresh = TrialStore(trial_store.study)
        assert trial_store.cpu_seconds() == fresh.cpu_seconds() == turn + 1 - (turn >= 4) - (turn >= 5)
        for most in range(1, 8):
            plan = replace(Plan(priced_only=True), trials=most)
            assert trial_store.is_spent(plan) == fresh.is_spent(plan) == (len(fresh.counted()) >= most)
    retried = [item.user_attrs.get("retry_of") for item in trial_store.trials()]
    assert retried.count(5) == 1
    assert [item.number for item in trial_store.running()] == [4]


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


def test_what_ends_a_trial_is_waited_for_until_the_disk_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = tmp_path / "sweep.journal"
    trial_store = begin(str(storage), priced_config(3))
    synced: list[int] = []
    monkeypatch.setattr("arenafit.sweep.journal.os.fsync", lambda _: synced.append(len(storage.read_bytes())))
    trial = trial_store.study.ask()
    trial.suggest_categorical("io", ("int8", "float"))
    trial_store.begin(trial)
    trial_store.claim(trial, "content")
    assert len(synced) == 1  # that it runs
    assert trial_store.settle(trial, {"cpu": 1.0}, [1.0, 1.0])
    assert synced[1:] == [len(storage.read_bytes())]  # with all that was written before
    other = TrialStore(load(str(storage))[0]).trials()[trial.number]
    assert (other.user_attrs["key"], other.state.name) == ("content", "COMPLETE")


def test_looks_at_a_journal_read_what_has_not_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trial_store = begin(str(tmp_path / "sweep.journal"), priced_config(40))
    for turn in range(20):
        trial = trial_store.study.ask()
        trial_store.begin(trial)
        trial_store.settle(trial, {"cpu": 1.0, "turn": turn}, [1.0, 1.0])
    assert trial_store.is_spent(Plan(priced_only=True, trials=20))
    read: list[int] = []
    storage = trial_store.study._storage
    asked = type(storage).get_trial

    def noted(self: object, number: int) -> object:
        read.append(number)
        return asked(self, number)

    monkeypatch.setattr(type(storage), "get_trial", noted)
    monkeypatch.setattr(type(storage), "get_all_trials", lambda *_, **__: pytest.fail("looks at all trials"))
    assert trial_store.cpu_seconds() == 20.0
    assert not trial_store.waiting()
    assert not trial_store.running()
    assert not trial_store.is_over(Plan(priced_only=True, trials=21), 20)
    assert read == []
