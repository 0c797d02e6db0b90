"""Hold what `fit` finds for an older TFLM against what it finds for the newest one, over a sample of a corpus.

    python benchmarks/older_loops.py --corpus DIR [--tflm 2023-10] [--every 8] [--effort fast] [--validity tflite]

Of the models of DIR/models/dev whose arena is 32 KB or more on the target, in name order, every N-th is searched for
both; nothing is run, memory is predicted. Prints a row for each as it comes and the geometric means of
fitted over stock in the end; those of the older TFLM are to lie within 0.02 of the newest's.
"""

import argparse
from collections.abc import Iterator
from math import exp, log
from pathlib import Path

from arenafit.errors import ArenafitError
from arenafit.fit import Settings
from arenafit.fit.search.driver import Search
from arenafit.fit.settings import LoopSupport
from arenafit.rewrites.protocol import Validity
from arenafit.targets.releases import find_release
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_bytes
from arenafit.tflm import footprint
from arenafit.validity.release import demand_release

LARGE_BYTES = 32 << 10


def sampled(corpus: Path, every: int) -> Iterator[Path]:
    """Yield every N-th model of 32 KB of arena or more."""
    large = 0
    for path in sorted((corpus / "models" / "dev").glob("*.tflite")):
        try:
            stock = footprint(read_bytes(path.read_bytes(), path.stem), CORTEX_M4).min_arena_bytes
        except ArenafitError:
            continue
        if stock >= LARGE_BYTES:
            if large % every == 0:
                yield path
            large += 1


def ratio(path: Path, settings: Settings) -> float:
    """Return fitted over stock, predicted."""
    search = Search(read_bytes(path.read_bytes(), path.stem), settings, lambda _: None)
    best = search.run()[0]
    return best.arena_bytes / search.found[0].arena_bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--tflm", default="2023-10")
    parser.add_argument("--every", type=int, default=8)
    parser.add_argument("--effort", default="fast")
    parser.add_argument("--validity", type=Validity, default=Validity.TFLITE)
    wanted = parser.parse_args()
    release = find_release(wanted.tflm)
    support = LoopSupport(release.tflm)
    newest = Settings(validity=wanted.validity, effort=wanted.effort)
    older = Settings(
        target=release.of(CORTEX_M4),
        validity=wanted.validity,
        effort=wanted.effort,
        stream=support.update,
        stream_otherwise=True,
        one_reading=support.one_reading,
        loops_copy_all=support.copy_all,
    )
    found: list[tuple[float, float]] = []
    for path in sampled(wanted.corpus, wanted.every):
        try:
            demand_release(read_bytes(path.read_bytes(), path.stem), release, path.stem)
            found.append((ratio(path, newest), ratio(path, older)))
        except ArenafitError as error:
            print(f"{path.stem}: left out: {error}", flush=True)
            continue
        print(f"{path.stem}: {found[-1][0]:.4f} newest, {found[-1][1]:.4f} {wanted.tflm}", flush=True)
    means = [exp(sum(log(pair[side]) for pair in found) / len(found)) for side in (0, 1)]
    print(f"geometric means of {len(found)} models: {means[0]:.4f} newest, {means[1]:.4f} {wanted.tflm}")


if __name__ == "__main__":
    main()
