"""Workers are killed at random, twenty times: nothing that was finished is lost, nothing runs twice, nothing hangs."""

import os
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("optuna", reason="needs optuna (extra sweep)")

from arenafit.sweep.ledger import CLAIMED, KEY, RESULT, RETRY_OF, Ledger, is_duplicate
from arenafit.sweep.run import begin, go_on
from arenafit.sweep.supervisor import Crew, Supervisor
from arenafit.sweep.worker import sampler_for
from support.sweeps import postgres, priced_order

KILLS, TRIALS = 20, 60


@dataclass
class Killer:
    """Kills one of the workers now and then, when the sweep got some trials further; notes what was finished then."""

    supervisor: Supervisor | None = None
    draw: np.random.Generator = field(default_factory=lambda: np.random.default_rng(7))
    kills: int = 0
    finished: dict[int, tuple[str, object]] = field(default_factory=dict)
    _next: int = 1

    def __call__(self, ledger: Ledger) -> None:
        """Look, and kill."""
        trials = ledger.trials()
        for trial in trials:
            if trial.state.is_finished() and RESULT in trial.user_attrs:
                self.finished[trial.number] = (trial.state.name, trial.values)
        if self.kills >= KILLS or len(trials) < self._next or self.supervisor is None:
            return
        running = [
            trial.user_attrs["worker"]["pid"]
            for trial in trials
            if trial.state.name == "RUNNING" and "worker" in trial.user_attrs
        ]
        alive = self.supervisor.pids
        chosen = [pid for pid in running if pid in alive] or alive
        if chosen:
            os.kill(int(self.draw.choice(chosen)), signal.SIGKILL)
            self.kills += 1
            self._next = len(trials) + int(self.draw.integers(0, 4))


def survives(storage: str) -> None:
    order = priced_order(TRIALS)
    ledger = begin(storage, order)
    killer = Killer()
    killer.supervisor = Supervisor(Crew(storage, workers=3), ledger, killer)
    killer.supervisor.run()
    assert killer.kills == KILLS
    ledger, order = go_on(storage)  # as any other process sees it
    trials = ledger.trials()
    states = Counter(trial.state.name for trial in trials)
    assert not states["RUNNING"], "no trial is stuck"
    assert not states["WAITING"], "no trial is left"
    assert len(ledger.counted()) == TRIALS, "the budget is spent, to the trial"
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
    for number, trial in killed.items():
        if trial.params or trial.system_attrs.get("fixed_params"):
            assert number in ended, "what a worker had begun is run again"
    contents = {trial.user_attrs[KEY] for trial in trials if KEY in trial.user_attrs}
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
    plan = priced_order(1).plan
    first, second = (sampler_for(plan, index)._rng.rng.random() for index in (0, 1))
    assert first != second
