"""A sweep from end to end: begun or gone on with, workers, choice, trainings with several seeds, the verdict."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from arenafit.sweep import sources, store
from arenafit.sweep.cpu import cpu_seconds
from arenafit.sweep.finish import Final, delivered, queue_choices, trained_again
from arenafit.sweep.finished import RESULT, SEARCH, is_duplicate, role_of
from arenafit.sweep.first_prices import worth
from arenafit.sweep.front import Point, beyond_chance, front, importances, points_of
from arenafit.sweep.plan import LOSS, Plan, StudyConfig
from arenafit.sweep.starts import COUNT, starts
from arenafit.sweep.supervisor import Supervisor, WorkerGroup
from arenafit.sweep.trial_store import TrialStore
from arenafit.sweep.worker import Job, work

# For each combination that a search begins with there is so much CPU time in all; pricing many to find it takes two.
_SECONDS_A_START = 40.0


@dataclass(frozen=True, slots=True)
class Counts:
    """Trials of the search.

    `completed`: trained (or priced, where nothing is trained); `given_up` by price or because there is no such model;
    `duplicates` not run; `failed`; `retried` after a kill; `running` and `waiting` now; `trained_twice`: whose first
    training came to nothing.
    """

    completed: int = 0
    given_up: int = 0
    duplicates: int = 0
    failed: int = 0
    retried: int = 0
    running: int = 0
    waiting: int = 0
    trained_twice: int = 0


@dataclass(frozen=True)
class Status:
    """What is known so far."""

    plan: Plan
    counts: Counts
    points: tuple[Point, ...]
    front: tuple[Point, ...]
    beyond_chance: tuple[Point, ...]
    cpu_seconds: float
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Swept:
    """A sweep that is over: its state, the chosen points as they are delivered, what the parameters matter."""

    config: StudyConfig
    status: Status
    finals: tuple[Final, ...]
    importances: dict[str, dict[str, float]]


def begin(storage: str, config: StudyConfig) -> TrialStore:
    """Create the study, and queue what the search begins with.

    Raises:
        ConfigError: if the storage holds a sweep already.
    """
    trial_store = TrialStore(store.create(storage, config))
    begun, price = cpu_seconds(), worth(config)
    for params in starts(config.space, config.plan.seed, price, _first(config.plan)):
        trial_store.queue(dict(params))
    if price is not None:
        trial_store.note_beginning(cpu_seconds() - begun)
    return trial_store


def _first(plan: Plan) -> int:
    """Return how many combinations a search begins with: a dozen, or what its budget has room for."""
    most = COUNT if plan.trials is None else min(COUNT, plan.trials)
    return most if plan.cpu_seconds is None else max(1, min(most, int(plan.cpu_seconds / _SECONDS_A_START)))


def go_on(storage: str, **budget: Any) -> tuple[TrialStore, StudyConfig]:
    """Return a study that was begun, with a changed budget if one is given; what was killed is queued again."""
    study, config = store.load(storage)
    changed = {name: value for name, value in budget.items() if value is not None}
    if changed:
        config = replace(config, plan=replace(config.plan, **changed))
        store.set_plan(study, config.plan)
    trial_store = TrialStore(study)
    trial_store.reap()
    return trial_store, config


def status_of(trial_store: TrialStore, config: StudyConfig) -> Status:
    """Return what is known so far."""
    trials = trial_store.trials()
    own = [item for item in trials if role_of(item) == SEARCH]
    results = [item.user_attrs.get(RESULT, {}) for item in own]
    points = points_of(trials, config.space.defaults)
    aims = config.plan.aims
    counts = Counts(
        completed=sum(item.state.name == "COMPLETE" for item in own),
        given_up=sum(item.state.name == "PRUNED" and not is_duplicate(item) for item in own),
        duplicates=sum(is_duplicate(item) for item in own),
        failed=sum(bool(found.get("failed")) and found.get("reason") != "over budget" for found in results),
        retried=sum("retry_of" in item.user_attrs for item in trials),
        running=sum(item.state.name == "RUNNING" for item in trials),
        waiting=sum(item.state.name == "WAITING" for item in trials),
        trained_twice=sum(bool(found.get("again")) for found in results),
    )
    reasons: dict[str, int] = {}
    for item, found in zip(own, results, strict=True):
        if "reason" in found and not is_duplicate(item):
            kind = str(found["reason"]).partition(":")[0]
            reasons[kind] = reasons.get(kind, 0) + 1
    whole = front(points, aims)
    narrow = beyond_chance(whole, aims) if LOSS in aims else whole
    ranked = tuple(sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0])))
    return Status(config.plan, counts, points, whole, narrow, trial_store.cpu_seconds(), ranked)


def carry_out(
    group: WorkerGroup,
    trial_store: TrialStore,
    config: StudyConfig,
    report: Callable[[Status, str], None] = lambda *_: None,
) -> Swept:
    """Run the workers until the budget is spent, train the chosen points again, and return the verdict.

    Args:
        group: how many workers on which storage; none: this process runs the trials itself.
        trial_store: of the study.
        config: of the study.
        report: called with what is known and what is being done.

    Raises:
        ArenafitError: what a worker met that could not go on.
        WorkerDefectError: if that was a defect of arenafit.
    """

    def told(_: TrialStore) -> None:
        report(status_of(trial_store, config), "searching")

    _run_group(group, trial_store, told)
    picked = queue_choices(trial_store, config)
    finals: tuple[Final, ...] = ()
    if picked:
        _run_group(
            replace(group, queued_only=True, first_index=1000),
            trial_store,
            lambda _: report(status_of(trial_store, config), f"training {len(picked)} chosen points again"),
        )
        source = sources.source_of(config, group.data).source
        seeded = trained_again(trial_store.trials(), picked)
        finals = delivered(seeded, config, source, lambda doing: report(status_of(trial_store, config), doing))
    return Swept(config, status_of(trial_store, config), finals, importances(trial_store.study, config.plan.aims))


def _run_group(group: WorkerGroup, trial_store: TrialStore, told: Callable[[TrialStore], None]) -> None:
    if group.workers:
        Supervisor(group, trial_store, told).run()
        return
    work(Job(group.storage, group.first_index, group.data, queued_only=group.queued_only))
    told(trial_store)


def join(
    storage: str, workers: int, data: str | None = None, report: Callable[[Status, str], None] = lambda *_: None
) -> Status:
    """Run workers on a sweep that somebody began, until its budget is spent and nothing is queued."""
    trial_store, config = go_on(storage)
    first = 1 + max((item.number for item in trial_store.trials()), default=0)
    group = WorkerGroup(storage, workers, data, first_index=10_000 + first)
    _run_group(group, trial_store, lambda _: report(status_of(trial_store, config), "searching"))
    return status_of(trial_store, config)
