"""How fast a storage takes priced-only trials, and how it grows: many trials, without and with other processes.

python benchmarks/sweep_storage.py --trials 10000 --workers 2 [--storage postgresql://…] [MODEL]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from arenafit.structure.pricing import with_constant_shapes
from arenafit.sweep.from_model import space_of_model
from arenafit.sweep.plan import Plan, StudyConfig
from arenafit.sweep.run import begin
from arenafit.sweep.store import is_url
from arenafit.sweep.supervisor import Supervisor, WorkerGroup
from arenafit.sweep.trial_store import TrialStore
from arenafit.tflite import read_bytes, read_file

MODEL = Path(__file__).parents[1] / "examples" / "small" / "mobile_fp32.tflite"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", nargs="?", type=Path, default=MODEL)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--storage")
    parser.add_argument("--effort", type=int, default=0, help="of fit for each price, thousands of steps")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        storage = given.storage or str(Path(folder) / "sweep.journal")
        content = read_file(given.model)
        plan = Plan(model=given.model.name, priced_only=True, trials=given.trials, effort=given.effort)
        space = space_of_model(with_constant_shapes(read_bytes(content, given.model.name)), plan.place()[0])
        trial_store = begin(storage, StudyConfig(plan, space, content))
        print(f"{space.size:,} combinations of {len(space.parameters)} parameters")
        print("trials  seconds  trials/s  CPU s  bytes")
        Supervisor(WorkerGroup(storage, given.workers), trial_store, told(storage, given.trials)).run()
        report(storage, trial_store, time.monotonic())


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
