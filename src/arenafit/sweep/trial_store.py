"""The trials in the storage: who runs what, what is done, what a killed worker left, how much of the budget is spent.

What a trial holds besides its parameters (user attributes, named in `finished`): ``worker`` who runs it, ``key`` the
content of its parameters, ``claimed`` that this very trial runs that content, ``result`` what came of it. A failed
trial without a result is one that was killed: its parameters are queued again, once.
"""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any

from arenafit.sweep.extras import optuna
from arenafit.sweep.finished import (
    BEAT,
    CLAIMED,
    KEY,
    MOST_TRIES,
    QUEUED,
    RESULT,
    RETRY_OF,
    ROLE,
    SEED,
    TRIES,
    WORKER,
    Finished,
    has_content,
    is_counted,
)
from arenafit.sweep.liveness import identity, is_dead
from arenafit.sweep.plan import Plan

# A worker on another machine that shows no sign of life for so long is taken for dead; one that has not even said who
# it is has this long for that (seconds on our own clock, from when we first looked).
SILENT_SECONDS, NAMELESS_SECONDS = 120.0, 15.0
_WAIT_SECONDS, _MOST_WAITS = 0.02, 1500
# The search leaves this share of the CPU time for training the chosen points again.
SEARCH_SHARE = 0.65
_BEGINNING = "arenafit:beginning"


@dataclass
class TrialStore:
    """Reads and writes the trials of one study."""

    study: Any
    _seen: dict[int, tuple[object, float]] = field(default_factory=dict)  # running trials of others: sign, since when
    _recovered: set[int] = field(default_factory=set)
    _finished: Finished = field(default_factory=Finished)

    @property
    def has_heartbeats(self) -> bool:
        """Whether the storage keeps signs of life itself, as databases do."""
        storage = self.study._storage  # noqa: SLF001 - Optuna has no public way to its heartbeats outside of `optimize`
        return hasattr(storage, "record_heartbeat")

    def trials(self) -> list[Any]:
        """Return all trials, not to be changed."""
        return sorted(self.study.get_trials(deepcopy=False), key=attrgetter("number"))

    def _recent(self) -> list[Any]:
        """Return the trials by number, from the first that had not ended at the last look, not to be changed.

        A journal gives trials by number, so that a look takes no longer however many there are; a database's own cache
        asks for what is new, for all of them at once.
        """
        storage, study_id = self.study._storage, self.study._study_id  # noqa: SLF001 - as above
        if not isinstance(storage, optuna().storages.JournalStorage):
            return self.trials()
        found: list[Any] = []
        with suppress(KeyError):  # there is no trial of the next number
            while True:
                number = self._finished.reached + len(found)
                found.append(storage.get_trial(storage.get_trial_id_from_study_id_trial_number(study_id, number)))
        return found

    def begin(self, trial: Any) -> None:
        """Say that this process runs the trial."""
        trial.set_user_attr(WORKER, identity())

    def claim(self, trial: Any, key: str) -> int | None:
        """Claim the content `key` for `trial`; return None, or the number of the trial that has it.

        Two that want the same at once settle it: each writes its key, then looks. Who sees a claim, or an earlier
        trial, gives way; who sees a later one that has not looked yet waits until it has.
        """
        states = optuna().trial.TrialState
        trial.set_user_attr(KEY, key)
        for _ in range(_MOST_WAITS):
            rest = self._finished.still_open(self._recent())
            if key in self._finished.owners:
                return self._finished.owners[key]
            others = [item for item in rest if item.number != trial.number and item.user_attrs.get(KEY) == key]
            done = [item for item in others if has_content(item)]
            running = [item for item in others if item.state == states.RUNNING]
            first = [item for item in running if item.user_attrs.get(CLAIMED) or item.number < trial.number]
            if done or first:
                return int((done or first)[0].number)
            if not running:
                break
            self.reap()
            time.sleep(_WAIT_SECONDS)
        trial.set_user_attr(CLAIMED, True)
        return None

    def settle(self, trial: Any, result: dict[str, Any], values: list[float] | None = None) -> bool:
        """Write what came of a trial; return False if somebody took its worker for dead meanwhile."""
        module = optuna()
        state = module.trial.TrialState.PRUNED if values is None else module.trial.TrialState.COMPLETE
        if result.get("failed"):
            state, values = module.trial.TrialState.FAIL, None
        try:
            trial.set_user_attr(RESULT, result)
            if "excess" in result:
                trial.set_constraint("limits", float(result["excess"]))  # what the sampler learns from
            self.study.tell(trial.number, values, state=state)
        except (module.exceptions.UpdateFinishedTrialError, ValueError):
            return False
        return True

    def queue(self, params: dict[str, Any], **attributes: Any) -> None:
        """Queue a combination."""
        self.study.enqueue_trial(params, user_attrs={QUEUED: True, **attributes})

    def counted(self) -> list[Any]:
        """Return the trials of the search that count: not failed, no duplicates."""
        return [item for item in self.trials() if is_counted(item)]

    def note_beginning(self, cpu_seconds: float) -> None:
        """Note the CPU time that it took to find out what the search begins with."""
        self.study.set_user_attr(_BEGINNING, round(cpu_seconds, 3))

    @cached_property
    def _beginning(self) -> float:
        return float(self.study.user_attrs.get(_BEGINNING, 0.0))

    def cpu_seconds(self) -> float:
        """Return the CPU time of the beginning and of all trials that have ended."""
        return self._beginning + self._finished.with_rest(self._recent()).cpu_seconds

    def waiting(self) -> bool:
        """Return whether trials are queued."""
        state = optuna().trial.TrialState.WAITING
        return any(item.state == state for item in self._finished.still_open(self._recent()))

    def running(self) -> list[Any]:
        """Return the trials that somebody runs, or ran."""
        state = optuna().trial.TrialState.RUNNING
        return [item for item in self._finished.still_open(self._recent()) if item.state == state]

    def has_nameless(self) -> bool:
        """Return whether a trial runs of which nobody has said yet that it runs it."""
        return any(WORKER not in trial.user_attrs for trial in self.running())

    def is_spent(self, plan: Plan) -> bool:
        """Return whether the search has looked at as much as it may."""
        known = self._finished.with_rest(self._recent())
        if plan.trials is not None and known.counted >= plan.trials:
            return True
        if plan.cpu_seconds is None:
            return False
        mean = known.search_cpu_seconds / known.search_costs if known.search_costs else 0.0
        share = 1.0 if plan.priced_only else SEARCH_SHARE
        return self._beginning + known.cpu_seconds + mean * len(self.running()) >= share * plan.cpu_seconds

    def is_over(self, plan: Plan, number: int) -> bool:
        """Return whether the trial of this number is one too many, since others began at the same moment."""
        if plan.trials is None:
            return False
        earlier = [
            item for item in self._finished.still_open(self._recent()) if item.number < number and is_counted(item)
        ]
        return self._finished.counted + len(earlier) >= plan.trials

    def reap(self) -> int:
        """End the trials of dead workers, queue their parameters again, and return how many were ended."""
        module = optuna()
        ended = 0
        for trial in self.running():
            if self._is_left(trial):
                try:
                    self.study.tell(trial.number, state=module.trial.TrialState.FAIL)
                except (module.exceptions.UpdateFinishedTrialError, ValueError):
                    continue  # another was quicker
                ended += 1
        if hasattr(module.storages, "fail_stale_trials"):
            module.storages.fail_stale_trials(self.study)  # what a database knows of silent workers elsewhere
        self.recover()
        return ended

    def _is_left(self, trial: Any) -> bool:
        record = trial.user_attrs.get(WORKER)
        now = time.monotonic()
        if record is not None and (dead := is_dead(record)) is not None:
            return bool(dead)
        if record is not None and self.has_heartbeats:
            return False  # the database says so when its worker falls silent
        sign = None if record is None else trial.user_attrs.get(BEAT, 0)
        known = self._seen.get(trial.number)
        if known is None or known[0] != sign:
            self._seen[trial.number] = (sign, now)
            return False
        return now - known[1] > (NAMELESS_SECONDS if record is None else SILENT_SECONDS)

    def recover(self) -> None:
        """Queue again what was killed and has no successor yet."""
        fail = optuna().trial.TrialState.FAIL
        rest = self._finished.still_open(self._recent())
        failed = [*self._finished.failed, *(item for item in rest if item.state == fail)]
        killed = [item for item in failed if item.number not in self._recovered]
        if not killed:
            return
        have = {*self._finished.retried, *(item.user_attrs.get(RETRY_OF) for item in rest)}
        for trial in killed:
            self._recovered.add(trial.number)
            params = {**trial.system_attrs.get("fixed_params", {}), **trial.params}
            tries = int(trial.user_attrs.get(TRIES, 1))
            # Killed between its result and its end it is run again; what failed by itself is not.
            failed = trial.user_attrs.get(RESULT, {}).get("failed")
            if failed or trial.number in have or not params or tries >= MOST_TRIES:
                continue
            kept = {name: trial.user_attrs[name] for name in (ROLE, SEED) if name in trial.user_attrs}
            self.queue(params, **{**kept, RETRY_OF: trial.number, TRIES: tries + 1})
