"""The trials in the storage: who has a content, what a dead worker left, what is given up and what is not."""

import os
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna", reason="needs optuna (extra sweep)")

from arenafit.sweep import liveness
from arenafit.sweep.extras import optuna
from arenafit.sweep.finished import AGAIN, KEY, MOST_TRIES, RESULT, ROLE, TRIES
from arenafit.sweep.judge import Loss
from arenafit.sweep.liveness import identity, is_dead
from arenafit.sweep.plan import Plan
from arenafit.sweep.pricing import Figures
from arenafit.sweep.run import begin, go_on
from arenafit.sweep.store import create, load
from arenafit.sweep.trial import dominating
from arenafit.sweep.trial_store import TrialStore
from arenafit.sweep.worker import Job, work
from support.sweeps import priced_config


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


def _claimed_after(trial_store: TrialStore, result: dict[str, Any] | None, **attributes: object) -> int | None:
    """Return who has the content of a trial that ended with `result`, or was killed, when another wants it."""
    trial = trial_store.study.ask()
    for name, value in {KEY: f"content {trial.number}", **attributes}.items():
        trial.set_user_attr(name, value)
    if result is not None:
        trial.set_user_attr(RESULT, result)
    trial_store.study.tell(trial.number, state=optuna().trial.TrialState.FAIL)
    other = trial_store.study.ask()
    trial_store.begin(other)
    found = trial_store.claim(other, f"content {trial.number}")
    assert found in (None, trial.number)
    return None if found is None else int(found) - int(trial.number)


@pytest.mark.parametrize("runs", [False, True])
def test_what_failed_or_was_given_up_keeps_its_content_and_what_is_queued_again_does_not(
    tmp_path: Path, *, runs: bool
) -> None:
    trial_store = TrialStore(create(str(tmp_path / "sweep.journal"), priced_config(9)))
    if runs:  # what is behind a trial that runs is looked at each time, not gathered
        trial_store.begin(trial_store.study.ask())
    defect = {"failed": True, "reason": "a defect", "cpu": 1.0}
    assert _claimed_after(trial_store, defect) == 0
    assert _claimed_after(trial_store, None, **{TRIES: MOST_TRIES}) == 0
    assert _claimed_after(trial_store, None, **{TRIES: MOST_TRIES - 1}) is None
    assert _claimed_after(trial_store, defect, **{ROLE: AGAIN}) is None  # `--resume` trains a chosen point once more


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
