"""Runs inspect, export, check and report over mutated models and counts how they end.

From the root of the repository:

PYTHONPATH=src:tests python benchmarks/fuzz.py --count 20000
"""

import argparse
import resource
import sys
import tempfile
from collections import Counter
from pathlib import Path

from support.fuzzing import VERBS, mutants, run


def main() -> None:
    parser = argparse.ArgumentParser(description="Fuzz the verbs that run nothing; exit code 1 if any defect is found.")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--keep", type=Path, help="a folder for the files that made a defect")
    wanted = parser.parse_args()
    ended: Counter[tuple[str, str]] = Counter()
    files = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mutant.tflite"
        for seed, name, data in mutants(wanted.count, wanted.first):
            files += 1
            path.write_bytes(data)
            for verb in VERBS:
                how = run(verb, path, Path(folder) / "out")
                ended[verb, how.partition(":")[0]] += 1
                if ":" in how:
                    print(f"seed {seed} ({name}), {verb}: {how}", flush=True)
                    if wanted.keep is not None:
                        wanted.keep.mkdir(parents=True, exist_ok=True)
                        (wanted.keep / f"{name}-{seed}.tflite").write_bytes(data)
    for (verb, how), count in sorted(ended.items()):
        print(f"{verb:8} {how:8} {count:8,}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{files:,} files, peak {peak:,.0f} MiB")
    sys.exit(any(how in {"defect", "slow"} for _, how in ended))


if __name__ == "__main__":
    main()
