"""What is known of trials that have ended, gathered once: they never change, and there may be ten thousands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

# User attributes and roles of trials: `trial_store` says what each is.
WORKER, KEY, CLAIMED, RESULT = "worker", "key", "claimed", "result"
ROLE, SEED, RETRY_OF, TRIES, BEAT, QUEUED = "role", "seed", "retry_of", "tries", "beat", "queued"
SEARCH, AGAIN = "search", "again"
# A combination that kills its worker so often is given up.
MOST_TRIES = 5


def role_of(trial: Any) -> str:
    """Return whether a trial is part of the search, or trains a chosen point again."""
    return str(trial.user_attrs.get(ROLE, SEARCH))


def is_duplicate(trial: Any) -> bool:
    """Return whether the trial was not run, since another had its content."""
    return "duplicate_of" in trial.user_attrs.get(RESULT, {})


def is_counted(trial: Any) -> bool:
    """Return whether a trial counts towards the search's budget: part of it, not failed, no duplicate."""
    return trial.state.name != "FAIL" and role_of(trial) == SEARCH and not is_duplicate(trial)


def has_content(trial: Any) -> bool:
    """Return whether no other trial is to run the content of this one that has ended.

    It has a result, or the search is done with it without one: a defect ended it, and would again, or it killed its
    worker `MOST_TRIES` times. What was killed less often is queued again, so another runs its content.
    """
    if trial.state.name in ("COMPLETE", "PRUNED"):
        return not is_duplicate(trial)
    if trial.state.name != "FAIL" or role_of(trial) != SEARCH:
        return False
    return bool(trial.user_attrs.get(RESULT, {}).get("failed")) or int(trial.user_attrs.get(TRIES, 1)) >= MOST_TRIES


@dataclass
class Finished:
    """The trials from the first to the last before one that has not ended; the rest is looked at each time.

    Attributes:
        reached: how many these are; trials are numbered from 0 without gaps.
        counted: how many of them count towards the budget.
        cpu_seconds: of all of them.
        search_cpu_seconds: of those that count and say what they took.
        search_costs: how many those are.
        owners: the number of the trial that has a content, by its key.
        retried: the numbers of killed trials whose parameters were queued again.
        failed: trials that failed by themselves, or were killed.
    """

    reached: int = 0
    counted: int = 0
    cpu_seconds: float = 0.0
    search_cpu_seconds: float = 0.0
    search_costs: int = 0
    owners: dict[str, int] = field(default_factory=dict)
    retried: set[int] = field(default_factory=set)
    failed: list[Any] = field(default_factory=list)

    def still_open(self, trials: Sequence[Any]) -> Sequence[Any]:
        """Take in what has ended since, and return the other trials.

        Args:
            trials: all by number, or those from number `reached` on.
        """
        at = self.reached - trials[0].number if trials else 0
        while at < len(trials):
            trial = trials[at]
            if trial.number != self.reached or not trial.state.is_finished():
                break
            self._add(trial)
            self.reached += 1
            at += 1
        return trials[at:]

    def with_rest(self, trials: Sequence[Any]) -> "Finished":
        """Return the same figures of all trials, whether they have ended or not; `trials` as in `still_open`."""
        rest = self.still_open(trials)
        whole = Finished(self.reached, self.counted, self.cpu_seconds, self.search_cpu_seconds, self.search_costs)
        for trial in rest:
            whole._add(trial)
        return whole

    def _add(self, trial: Any) -> None:
        result = trial.user_attrs.get(RESULT, {})
        cost = result.get("cpu")
        self.cpu_seconds += cost or 0.0
        if RETRY_OF in trial.user_attrs:
            self.retried.add(trial.user_attrs[RETRY_OF])
        if is_counted(trial):
            self.counted += 1
            if cost is not None:
                self.search_cpu_seconds += cost
                self.search_costs += 1
        if trial.state.name == "FAIL":
            self.failed.append(trial)
        key = trial.user_attrs.get(KEY)
        if key is not None and has_content(trial):
            self.owners.setdefault(key, int(trial.number))
