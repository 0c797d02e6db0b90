"""Arena against counted work: what the search finds with one effort after another, and how near that is to the end.

    python benchmarks/search.py [MODEL.tflite ...] [--corpus DIR --first 8] [--efforts fast default 160000]
                                [--validity tflm] [--jobs 2] [--out FILE.csv]

One search for each model and effort; the gap is to the best of them all. `--corpus` adds models of DIR/models/dev whose
stock arena is 32 KB or more in DIR/models/INDEX.tsv, the `--first` by name. With `--out` each point is written as soon
as it is found, and what stands there is not searched again. CPU seconds are of this machine, and say how work and time
go together; everything else is the same on any machine.
"""

import argparse
import csv
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, fields
from itertools import groupby, product
from pathlib import Path

from arenafit.errors import ArenafitError
from arenafit.fit import Settings
from arenafit.fit.search.driver import Search
from arenafit.rewrites.protocol import Validity
from arenafit.targets.choice import find_target
from arenafit.tflite import read_bytes

LARGE_BYTES = 32 << 10


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


def of_corpus(corpus: Path, first: int) -> list[Path]:
    """Return the first large models of a corpus by name, the cheapest to search (fewest operators) first."""
    with (corpus / "models" / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["set"] == "dev"]
    large = sorted((row for row in rows if int(row["arena_total"] or 0) >= LARGE_BYTES), key=lambda row: row["name"])
    cheapest = sorted(large[:first], key=lambda row: (int(row["ops_total"]), row["name"]))
    return [corpus / "models" / "dev" / f"{row['name']}.tflite" for row in cheapest]


def load(file: Path | None) -> list[Point]:
    if file is None or not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            Point(
                row["model"],
                row["effort"],
                int(row["arena_bytes"]),
                int(row["candidates"]),
                int(row["steps"]),
                float(row["cpu_seconds"]),
            )
            for row in csv.DictReader(lines)
        ]


def found(waiting: Sequence[tuple[Path, str]], arguments: argparse.Namespace) -> Iterator[Point]:
    """Yield every point as it comes, and write it down."""
    with ProcessPoolExecutor(arguments.jobs) as pool:
        asked = [pool.submit(search, path, effort, arguments.validity, arguments.target) for path, effort in waiting]
        for coming in as_completed(asked):
            point = coming.result()
            if arguments.out is not None:
                append(arguments.out, point)
            yield point


def append(file: Path, point: Point) -> None:
    fresh = not file.is_file()
    with file.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, [item.name for item in fields(Point)])
        if fresh:
            writer.writeheader()
        writer.writerow(asdict(point))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="*")
    parser.add_argument("--corpus", type=Path, help="where models/INDEX.tsv and models/dev are")
    parser.add_argument("--first", type=int, default=8, help="so many large models of the corpus, by name")
    parser.add_argument("--efforts", nargs="+", default=["fast", "default", "160000"])
    parser.add_argument("--validity", default="tflite", choices=[item.value for item in Validity])
    parser.add_argument("--target", default="cortex-m4")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a CSV file for one validity and target; it is gone on with")
    arguments = parser.parse_args()
    models = [*arguments.models, *(of_corpus(arguments.corpus, arguments.first) if arguments.corpus else ())]
    wanted = list(product(models, arguments.efforts))
    known = {(point.model, point.effort): point for point in load(arguments.out)}
    waiting = [(path, effort) for path, effort in wanted if (path.stem, effort) not in known]
    known.update({(point.model, point.effort): point for point in found(waiting, arguments)})
    points = [known[path.stem, effort] for path, effort in wanted]
    sys.stdout.write(table(points))
    for effort in arguments.efforts:
        print(within(points, effort, 0.01), within(points, effort, 0.06), sep="; ")


if __name__ == "__main__":
    try:
        main()
    except ArenafitError as error:
        raise SystemExit(f"error: {error}") from error
