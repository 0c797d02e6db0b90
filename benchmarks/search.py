"""Arena against counted work: what the search finds with one effort after another, and how near that is to the end.

    python benchmarks/search.py MODEL.tflite ... [--efforts fast default 320000] [--validity tflm] [--jobs 2]
                                             [--out FILE.csv]

One search for each model and effort; the gap is to the best of them all. CPU seconds are of this machine, and say how
work and time go together; everything else is the same on any machine.
"""

import argparse
import csv
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from itertools import groupby, product
from pathlib import Path

from arenafit.errors import ArenafitError
from arenafit.fit import Settings
from arenafit.fit.search.driver import Search
from arenafit.rewrites.protocol import Validity
from arenafit.targets.choice import find_target
from arenafit.tflite import read_bytes


@dataclass(frozen=True, slots=True)
class Point:
    """What one search found."""

    model: str
    effort: str
    arena_bytes: int
    candidates: int
    steps: int
    cpu_seconds: float


def search(path: Path, effort: str, validity: str, target: str) -> Point:
    began = time.process_time()
    run = Search(
        read_bytes(path.read_bytes(), path.name),
        Settings(target=find_target(target), effort=effort, validity=Validity(validity)),
        lambda _: None,
    )
    best = run.run()[0]
    spent = round(time.process_time() - began, 2)
    return Point(path.stem, effort, best.arena_bytes, len(run.found), run.work.spent, spent)


def table(points: list[Point]) -> str:
    lines = [
        "| model | effort | arena, bytes | gap | candidates | steps | CPU s |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for _, group in groupby(points, key=lambda point: point.model):
        of_model = list(group)
        least = min(point.arena_bytes for point in of_model)
        lines += [
            f"| {point.model} | {point.effort} | {point.arena_bytes:,} | {point.arena_bytes / least - 1:.2%} "
            f"| {point.candidates} | {point.steps:,} | {point.cpu_seconds:.1f} |"
            for point in of_model
        ]
    return "\n".join(lines) + "\n"


def within(points: list[Point], effort: str, share: float) -> str:
    gaps = [
        next(point.arena_bytes for point in of_model if point.effort == effort)
        / min(point.arena_bytes for point in of_model)
        - 1
        for _, group in groupby(points, key=lambda point: point.model)
        for of_model in [list(group)]
    ]
    near = sum(gap <= share for gap in gaps)
    return f"effort {effort}: {near} of {len(gaps)} models within {share:.0%} of the best found"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--efforts", nargs="+", default=["fast", "default", "320000"])
    parser.add_argument("--validity", default="tflite", choices=[item.value for item in Validity])
    parser.add_argument("--target", default="cortex-m4")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a CSV file")
    arguments = parser.parse_args()
    waiting = list(product(arguments.models, arguments.efforts, [arguments.validity], [arguments.target]))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        points = list(pool.map(search, *zip(*waiting, strict=True)))
    sys.stdout.write(table(points))
    for effort in arguments.efforts:
        print(within(points, effort, 0.01), within(points, effort, 0.06), sep="; ")
    if arguments.out is not None:
        with arguments.out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [item.name for item in fields(Point)])
            writer.writeheader()
            writer.writerows(asdict(point) for point in points)


if __name__ == "__main__":
    try:
        main()
    except ArenafitError as error:
        raise SystemExit(f"error: {error}") from error
