"""How fast a storage takes priced-only trials, and how it grows: many trials, without and with other processes.

python benchmarks/sweep_storage.py --trials 10000 --workers 2 [--storage postgresql://…] [MODEL]
python benchmarks/sweep_storage.py --trials 10000 --bare

With --bare nothing is priced: one process asks, draws, claims and settles as a worker does, with figures of the same
form, so what is measured is the storage alone.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from arenafit.structure.pricing import with_constant_shapes
from arenafit.sweep.from_model import space_of_model
from arenafit.sweep.plan import Plan, StudyConfig
from arenafit.sweep.pricing import Figures
from arenafit.sweep.run import begin
from arenafit.sweep.space import Space, digest
from arenafit.sweep.store import is_url, load
from arenafit.sweep.supervisor import Supervisor, WorkerGroup
from arenafit.sweep.trial import suggested
from arenafit.sweep.trial_store import TrialStore
from arenafit.sweep.worker import sampler_for
from arenafit.tflite import read_bytes, read_file

MODEL = Path(__file__).parents[1] / "examples" / "small" / "mobile_fp32.tflite"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=MODEL)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--storage")
    parser.add_argument("--effort", type=int, default=0, help="of fit for each price, thousands of steps")
    parser.add_argument("--bare", action="store_true", help="price nothing: the storage alone, one process")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        storage = given.storage or str(Path(folder) / "sweep.journal")
        content = read_file(given.model)
        plan = Plan(model=given.model.name, priced_only=True, trials=given.trials, effort=given.effort)
        space = space_of_model(with_constant_shapes(read_bytes(content, given.model.name)), plan.place()[0])
        trial_store = begin(storage, StudyConfig(plan, space, content))
        print(f"{space.size:,} combinations of {len(space.parameters)} parameters")
        print("trials  seconds  trials/s  CPU s  bytes")
        if given.bare:
            bare(storage, plan, space, told(storage, given.trials))
        else:
            Supervisor(WorkerGroup(storage, given.workers), trial_store, told(storage, given.trials)).run()
        report(storage, trial_store, time.monotonic())
        opened = time.process_time()
        looked = len(TrialStore(load(storage)[0]).trials())
        print(f"opening it with {looked} trials: {time.process_time() - opened:.2f} CPU s")


def bare(storage: str, plan: Plan, space: Space, tell: Callable[[TrialStore], None]) -> None:
    study, _ = load(storage)
    study.sampler = sampler_for(plan, 0)
    trial_store = TrialStore(study)
    looked = begun = time.process_time()
    while True:
        trial_store.reap()
        if not trial_store.waiting() and trial_store.is_spent(plan):
            return
        trial = study.ask()
        trial_store.is_over(plan, trial.number)
        trial_store.begin(trial)
        params = suggested(trial, space)
        other = trial_store.claim(trial, digest(params))
        spent, begun = time.process_time() - begun, time.process_time()
        if other is None:
            figures = asdict(Figures(100_000 + trial.number, 300_000, 8_000_000, 40_000_000, 30_000, 50_000_000))
            settings = [f"{name}={value}" for name, value in params.items() if value != space.defaults[name]]
            result = {"figures": figures, "settings": settings, "cpu": round(spent, 3)}
            trial_store.settle(trial, result, [float(trial.number)] * len(plan.aims))
        else:
            trial_store.settle(trial, {"reason": f"the same as trial {other}", "duplicate_of": other, "cpu": 0.0})
        if time.process_time() - looked > 5:
            tell(trial_store)
            looked = time.process_time()


def told(storage: str, trials: int) -> Callable[[TrialStore], None]:
    begun = time.monotonic()
    marks = [trials * part // 10 for part in range(1, 10)]

    def tell(trial_store: TrialStore) -> None:
        if marks and len(trial_store.trials()) >= marks[0]:
            marks.pop(0)
            report(storage, trial_store, begun)

    return tell


def report(storage: str, trial_store: TrialStore, begun: float) -> None:
    done = [item for item in trial_store.trials() if item.state.is_finished()]
    first = min(item.datetime_start for item in done if item.datetime_start is not None)
    last = max(item.datetime_complete for item in done if item.datetime_complete is not None)
    seconds = (last - first).total_seconds() or time.monotonic() - begun
    size = "-" if is_url(storage) else f"{os.path.getsize(storage):,}"  # noqa: PTH202 - the text is a storage's name
    spent = trial_store.cpu_seconds()
    print(
        f"{len(done):6}  {seconds:7.1f}  {len(done) / seconds:8.1f}  {spent:5.0f}  {size}",
        flush=True,
    )


if __name__ == "__main__":
    main()
