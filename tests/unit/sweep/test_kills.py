"""Workers are killed at random, twenty times: nothing that was finished is lost, nothing runs twice, nothing hangs."""

import os
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("optuna", reason="needs optuna (extra sweep)")

from arenafit.sweep.finished import CLAIMED, KEY, MOST_TRIES, RESULT, RETRY_OF, TRIES, WORKER, is_duplicate
from arenafit.sweep.liveness import identity
from arenafit.sweep.run import begin, go_on
from arenafit.sweep.store import create
from arenafit.sweep.supervisor import Supervisor, WorkerGroup
from arenafit.sweep.trial_store import TrialStore
from arenafit.sweep.worker import sampler_for
from support.sweeps import postgres, priced_config

KILLS, TRIALS = 20, 60


@dataclass
class Killer:
    """Kills one of the workers now and then, when the sweep got some trials further; notes what was finished then.

    It spares a trial at its last try: a combination that was killed so often is given up, by design.
    """

    supervisor: Supervisor | None = None
    draw: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))
    kills: int = 0
    finished: dict[int, tuple[str, object]] = field(default_factory=dict)
    _next: int = 1

    def __call__(self, trial_store: TrialStore) -> None:
        """Look, and kill."""
        trials = trial_store.trials()
        for trial in trials:
            if trial.state.is_finished() and RESULT in trial.user_attrs:
                self.finished[trial.number] = (trial.state.name, trial.values)
        if self.kills >= KILLS or len(trials) < self._next or self.supervisor is None:
            return
        running = {
            trial.user_attrs["worker"]["pid"]: trial.user_attrs.get(TRIES, 1) >= MOST_TRIES
            for trial in trials
            if trial.state.name == "RUNNING" and "worker" in trial.user_attrs
        }
        alive = [pid for pid in self.supervisor.pids if not running.get(pid)]
        chosen = [pid for pid in alive if pid in running] or alive
        if chosen:
            os.kill(int(self.draw.choice(chosen)), signal.SIGKILL)
            self.kills += 1
            self._next = len(trials) + int(self.draw.integers(0, 4))


def survives(storage: str) -> None:
    config = priced_config(TRIALS)
    trial_store = begin(storage, config)
    killer = Killer()
    killer.supervisor = Supervisor(WorkerGroup(storage, workers=3), trial_store, killer, quiet=0)
    killer.supervisor.run()
    assert killer.kills == KILLS
    trial_store, config = go_on(storage)  # as any other process sees it
    trials = trial_store.trials()
    states = Counter(trial.state.name for trial in trials)
    assert not states["RUNNING"], "no trial is stuck"
    assert not states["WAITING"], "no trial is left"
    assert len(trial_store.counted()) == TRIALS, "the budget is spent, to the trial"
    now = {trial.number: (trial.state.name, trial.values) for trial in trials}
    assert {number: now[number] for number in killer.finished} == killer.finished, "nothing that was finished is lost"
    done = Counter(trial.user_attrs[KEY] for trial in trials if trial.state.name == "COMPLETE")
    assert done
    assert max(done.values()) == 1, "nothing was run twice"
    assert all(trial.user_attrs.get(CLAIMED) for trial in trials if trial.state.name == "COMPLETE")
    killed = {
        trial.number: trial
        for trial in trials
        if trial.state.name == "FAIL" and not trial.user_attrs.get(RESULT, {}).get("failed")
    }
    assert killed, "somebody was killed at work"
    ended = {trial.user_attrs.get(RETRY_OF) for trial in trials}
    given_up = {number for number, trial in killed.items() if trial.user_attrs.get(TRIES, 1) >= MOST_TRIES}
    assert len(given_up) <= 1, "the killer spares them, but for one that began between its look and its shot"
    for number, trial in killed.items():
        if (trial.params or trial.system_attrs.get("fixed_params")) and number not in given_up:
            assert number in ended, "what a worker had begun is run again"
    contents = {trial.user_attrs[KEY] for trial in trials if KEY in trial.user_attrs and trial.number not in given_up}
    ran = {
        trial.user_attrs[KEY]
        for trial in trials
        if trial.state.name in ("COMPLETE", "PRUNED") and KEY in trial.user_attrs and not is_duplicate(trial)
    }
    assert contents == ran, "every content that anybody wanted was run"


def test_a_journal_survives(tmp_path: Path) -> None:
    survives(str(tmp_path / "sweep.journal"))


def test_a_postgresql_survives() -> None:
    with postgres() as url:
        survives(url)


def test_workers_draw_other_numbers() -> None:
    plan = priced_config(1).plan
    first, second = (sampler_for(plan, index)._rng.rng.random() for index in (0, 1))
    assert first != second


def test_the_trial_that_the_last_worker_took_along_is_made_up_for(tmp_path: Path) -> None:
    storage = str(tmp_path / "sweep.journal")
    trial_store = TrialStore(create(storage, priced_config(1)))
    trial = trial_store.study.ask()  # killed before it had drawn a parameter: there is nothing to queue again
    trial.set_user_attr(WORKER, {**identity(), "started": "another process"})
    Supervisor(WorkerGroup(storage, workers=0), trial_store).run()
    states = Counter(item.state.name for item in trial_store.trials())
    assert states["FAIL"] == 1
    assert len(trial_store.counted()) == 1, "the budget is spent, to the trial"
