"""A worker: asks for a combination, runs it, tells what came of it, until the budget is spent."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from arenafit.errors import ArenafitError, ConfigError
from arenafit.runtime import TflmPool
from arenafit.sweep import sources
from arenafit.sweep.cpu import cpu_seconds
from arenafit.sweep.extras import optuna
from arenafit.sweep.finished import BEAT, QUEUED
from arenafit.sweep.first_prices import FirstPrices
from arenafit.sweep.model_source import ModelSource
from arenafit.sweep.plan import Plan, StudyConfig
from arenafit.sweep.pricing import SweepPricer
from arenafit.sweep.proposals import Proposals, price_first_sampler
from arenafit.sweep.space import Space
from arenafit.sweep.store import BEAT_SECONDS, load
from arenafit.sweep.trial import WorkerContext, run_trial
from arenafit.sweep.trial_store import TrialStore

STORAGE_VARIABLE = "ARENAFIT_SWEEP_STORAGE"
INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
# After so many duplicates in a row the space is taken for exhausted.
_MOST_DUPLICATES = 60
_STARTUP_TRIALS = 12
# Defects that end a trial: after so many and not one result, something is wrong with all of them.
_MOST_DEFECTS = 3


@dataclass(frozen=True, slots=True)
class Job:
    """What one worker is to do: `index` tells it from the others, whose random numbers differ."""

    storage: str
    index: int = 0
    data: str | None = None
    queued_only: bool = False  # trials that are queued, none of the search's own
    most: int | None = None  # trials, for tests


def sampler_for(plan: Plan, index: int) -> Any:
    """Return what chooses parameters without a price: a tree-structured Parzen estimator; at random if none train."""
    samplers = optuna().samplers
    seed = plan.seed * 1009 + index
    if plan.priced_only:
        return samplers.RandomSampler(seed=seed)
    return samplers.TPESampler(
        multivariate=True,
        constant_liar=True,
        n_startup_trials=_STARTUP_TRIALS,
        seed=seed,
    )


def work(job: Job, report: Callable[[str], None] = lambda _: None) -> int:
    """Run trials until the budget is spent; return how many.

    Raises:
        ConfigError: if the storage holds no sweep, or its plan cannot be carried out here.
        DataError: if the samples are not those that the sweep began with.
    """
    study, config = load(job.storage)
    study.sampler = sampler_for(config.plan, job.index)
    trial_store = TrialStore(study)
    with TflmPool(1) as runtime:
        context = _context(config, job, trial_store, runtime, report)
        if isinstance(context.source, ModelSource) and not config.plan.priced_only:
            prices = FirstPrices(config.plan, context.source, context.reference_macs)
            study.sampler = price_first_sampler(Proposals(config.space, prices), config.plan.seed, job.index)
        return _trials(context, config.space, job)


def _context(
    config: StudyConfig, job: Job, trial_store: TrialStore, runtime: TflmPool, report: Callable[[str], None]
) -> WorkerContext:
    plan = config.plan
    made = sources.source_of(config, job.data)
    target, _ = plan.place()
    return WorkerContext(
        plan,
        made.source,
        runtime,
        SweepPricer(target, plan.effort, plan.seed),
        trial_store,
        report,
        made.reference_macs,
    )


def _trials(context: WorkerContext, space: Space, job: Job) -> int:
    trial_store, study = context.trial_store, context.trial_store.study
    done = duplicates = defects = 0
    while job.most is None or done < job.most:
        trial_store.reap()
        if not trial_store.waiting() and (job.queued_only or trial_store.is_spent(context.plan)):
            break
        trial = study.ask()
        fresh = QUEUED not in trial.user_attrs
        if fresh and (job.queued_only or trial_store.is_over(context.plan, trial.number)):
            trial_store.settle(trial, {"failed": True, "reason": "over budget", "cpu": 0.0})
            break
        begun = cpu_seconds()
        try:
            with _beating(study, trial):
                trial_store.begin(trial)
                result = run_trial(context, trial, space)
        except optuna().exceptions.UpdateFinishedTrialError:
            continue  # taken for dead: another has it
        except ArenafitError:
            raise
        except Exception as error:  # a defect ends a trial, not the sweep; it is told
            what = f"{type(error).__name__}: {error}"
            cost = round(cpu_seconds() - begun, 3)
            trial_store.settle(trial, {"failed": True, "reason": what[:500], "cpu": cost})
            defects += 1
            if defects >= _MOST_DEFECTS and not done:
                raise
            continue
        if "duplicate_of" in result:
            duplicates += 1
            if duplicates >= _MOST_DUPLICATES:
                break
            continue
        done, duplicates = done + 1, 0
    return done


@contextmanager
def _beating(study: Any, trial: Any) -> Iterator[None]:
    """Show signs of life while a trial runs: where the database has a place for them, else with the trial."""
    stop = threading.Event()
    storage = study._storage  # noqa: SLF001 - Optuna has no public way to its heartbeats outside of `optimize`
    trial_id = trial._trial_id  # noqa: SLF001 - as above

    def beat() -> None:
        count = 0
        while True:
            with suppress(Exception):
                if hasattr(storage, "record_heartbeat"):
                    storage.record_heartbeat(trial_id)
                elif count:
                    storage.set_trial_user_attr(trial_id, BEAT, count)
            count += 1
            if stop.wait(BEAT_SECONDS):
                return

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _end_with_the_supervisor() -> None:
    """End this process when the one that started it has ended: its end of the pipe on stdin is closed then."""
    while os.read(0, 1):
        pass
    os._exit(ArenafitError.exit_code)


def main(arguments: list[str]) -> int:
    """Run one worker as a process of its own; what goes wrong is one line on stderr."""
    if "supervised" in arguments[1:]:
        threading.Thread(target=_end_with_the_supervisor, daemon=True).start()
    storage = os.environ.get(STORAGE_VARIABLE)
    if storage is None:
        sys.stderr.write(f"{STORAGE_VARIABLE} names no storage\n")
        return ConfigError.exit_code
    index, queued = int(arguments[0]), "queued" in arguments[1:]
    data = next((item.removeprefix("data=") for item in arguments[1:] if item.startswith("data=")), None)
    try:
        work(Job(storage, index, data, queued_only=queued))
    except ArenafitError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
