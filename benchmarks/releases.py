"""Predicted against measured over a corpus, on one tflite-micro wheel each quarter since 2023-10; prints a table.

Run as ``python benchmarks/releases.py --corpus DIR [--releases 2023-10 2024-06 ...] [--only NAME ...]``; wheels are
downloaded once. `--only` takes the models of these names, such as those that took longest.
"""

import argparse
from collections import Counter
from pathlib import Path

from arenafit.errors import ArenafitError
from arenafit.runtime import GeneratedInputs, Measurement, Refusal, TflmPool
from arenafit.runtime.tflm import OtherWheel
from arenafit.targets.releases import Wheel, find_release
from arenafit.tflite import read_model
from arenafit.tflm import footprint
from arenafit.tflm.comparison import compare
from arenafit.validity import diagnose

# No wheel was published from 2026-02 to 2026-08; those of 2026-08 and most of 2026-09 load into CPython 3.13 only.
QUARTERS = (
    *("2023-10", "2023-12", "2024-03", "2024-06", "2024-09", "2024-12"),
    *("2025-03", "2025-06", "2025-09", "2025-12", "2026-02", "2026-09", "2026-10"),
)


def outcome(pool: TflmPool, wheel: Wheel, path: Path) -> str:
    """Return in a word how prediction and measurement of one model stand to each other."""
    measured = pool.measure(path, inputs=GeneratedInputs(1, kinds=("max",)), timeout_seconds=600)
    try:
        model = read_model(path)
        predicted = footprint(model, wheel.target)
    except ArenafitError:
        return "refused by both" if isinstance(measured, Refusal) else "not predicted"
    if isinstance(measured, Measurement):
        return "equal" if compare(predicted, measured).equal else "differs"
    return "refused by both" if any(one.stops for one in diagnose(model, wheel.target)) else "refused by TFLM alone"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--releases", nargs="+", default=QUARTERS)
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME")
    options = parser.parse_args()
    models = sorted(path for path in options.corpus.rglob("*.tflite") if not options.only or path.stem in options.only)
    columns = ("equal", "differs", "not predicted", "refused by both", "refused by TFLM alone")
    print(f"| wheel | {' | '.join(columns)} |")
    print(f"|---|{'---:|' * len(columns)}")
    for name in options.releases:
        wheel = find_release(name).wheel
        with TflmPool(1, wheel=OtherWheel(wheel.version, wheel.pythons)) as pool:
            found = {path: outcome(pool, wheel, path) for path in models}
        counts = Counter(found.values())
        print(f"| {wheel.version} | {' | '.join(str(counts[column]) for column in columns)} |", flush=True)
        for path, what in found.items():
            if what in {"differs", "not predicted", "refused by TFLM alone"}:
                print(f"<!-- {what}: {path.stem} -->", flush=True)


if __name__ == "__main__":
    main()
