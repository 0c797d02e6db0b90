"""Compares fitted models with their originals on an emulated board: outputs, smallest arena, instructions.

    python fitted.py --library libtensorflow-microlite.a --tflm DIR --target cortex-m55 [--fit tflm] MODEL ...
    python fitted.py --library libtensorflow-microlite.a --tflm DIR --target cortex-m4 ORIGINAL=FITTED ...

README.md says what the library must be. Prints a table; instructions in it are relative to the original's, of the
second Invoke and of the first, on random inputs both. Exits with 1 if a model does not run, outputs differ or the
smallest arena is not the one predicted, and if no model was compared.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from board import Program, Run, Setting, add_library, library_of, linked_witness, run
from fits import add_fitting, fit

from arenafit.costs import Build, core_of, estimate
from arenafit.errors import ArenafitError
from arenafit.export.parts import PARTS_FILE
from arenafit.fit.feeding.frames import frames_of
from arenafit.fit.search.fed_rows import frame_instructions
from arenafit.fit.verification_inputs import details_of
from arenafit.ir import Model, OpId, feed_of
from arenafit.runtime import input_sets
from arenafit.runtime.types import Array
from arenafit.targets.target import Target
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm import footprint

INVOKES, STEADY = 5, 1  # the first two have random inputs, the others extreme ones
KINDS = ("random", "min", "max", "edges")
STEP_BYTES = 16
LARGEST_BYTES = 16 << 20  # more than either board has; as much as there is room is taken
HEADER = (
    "| model | operators | outputs | arena, before | after | on the board "
    "| instructions | first Invoke | predicted | points |\n"
    "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One fitted model; `points` is by how many hundredths of the original's instructions the prediction is off."""

    text: str
    good: bool
    points: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a model, or its parts one after the other, did with whole inputs: outputs and instructions of each."""

    outputs: bytes
    instructions: tuple[int, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judge:
    """What fitted models are held to: `target`'s predictions of `build`, on the board of `witness`."""

    witness: Program
    target: Target
    build: Build

    def row(self, name: str, original: Path, fitted: Path) -> Row:
        """Return the row of one fitted model: a file, or a folder with parts."""
        whole, files = read_model(original), parts_of(fitted)
        parts = [read_model(path) for path in files]
        ports = [details_of(whole.main.tensor(tensor)) for tensor in whole.main.inputs]
        inputs = input_sets(ports, INVOKES, kinds=KINDS)
        predicted = [self._smallest_predicted(model) for model in parts]
        measured = list[int]()
        for model, path in zip(parts, files, strict=True):
            least = self._smallest(model, path)
            if least is None:
                return Row(f"| {name} | did not run: {path.name} is refused in the largest arena |", good=False)
            measured.append(least)
        before = self._do([whole], [original], [0], inputs)
        after = self._do(parts, files, measured, inputs)
        if before.errors or after.errors:
            return Row(f"| {name} | did not run: {' '.join((*before.errors, *after.errors))[:200]} |", good=False)
        steady, first = (after.instructions[at] / before.instructions[at] for at in (STEADY, 0))
        ratio = sum(self._instructions(part) for part in parts) / self._instructions(whole)
        same = before.outputs == after.outputs
        cells = [
            name,
            f"{sum(len(graph.ops) for part in parts for graph in part.graphs)}",
            "equal" if same else "DIFFERENT",
            f"{self._smallest_predicted(whole):,}",
            *(" + ".join(f"{size:,}" for size in sizes) for sizes in (predicted, measured)),
            *(f"{value:.4f}" for value in (steady, first, ratio)),
            f"{100 * (ratio - steady):+.2f}",
        ]
        return Row(f"| {' | '.join(cells)} |", same and measured == predicted, 100 * (ratio - steady))

    def _do(
        self, models: Sequence[Model], files: Sequence[Path], arenas: Sequence[int], inputs: Sequence[Sequence[Array]]
    ) -> Done:
        """Return what models do, each with what the one before made, the first by rows if it asks for that."""
        frames = frames_of(models[0])
        fed = frames.calls(inputs) if frames else inputs
        given = b"".join(array.tobytes() for arrays in fed for array in arrays)
        calls = frames.feed.calls if frames else 1
        instructions = [0] * INVOKES
        for model, path, arena_bytes in zip(models, files, arenas, strict=True):
            done = self._run(model, path, Setting(invokes=INVOKES * calls, arena_bytes=arena_bytes), given)
            if len(done.instructions) != INVOKES * calls:
                return Done(b"", (), (*done.errors, *done.log))
            size = sum(model.main.tensor(tensor).size_bytes for tensor in model.main.outputs)
            if len(done.made) != size * INVOKES * calls:
                return Done(b"", (), ("outputs are missing",))
            ends = range(calls * size, len(done.made) + 1, calls * size)
            given = b"".join(done.made[end - size : end] for end in ends)
            for frame in range(INVOKES):
                instructions[frame] += sum(done.instructions[frame * calls : (frame + 1) * calls])
            calls = 1
        return Done(given, tuple(instructions), ())

    def _run(self, model: Model, path: Path, setting: Setting, given: bytes | None = None) -> Run:
        variables = footprint(model, self.target).resource_variables
        return run(self.witness, path, replace(setting, variables=variables), given)

    def _instructions(self, model: Model) -> float:
        def one(model: Model, branch: Mapping[OpId, int]) -> int:
            return estimate(model, core_of(self.target), self.build, trip_counts=branch).total_instructions

        feed = feed_of(model)
        return one(model, {}) if feed is None else frame_instructions(model, feed, one)

    def _smallest_predicted(self, model: Model) -> int:
        return footprint(model, self.target).min_arena_bytes

    def _smallest(self, model: Model, path: Path) -> int | None:
        """Return the smallest arena on the board, in steps of 16 bytes; None if the largest is refused as well."""

        def works(arena_bytes: int) -> bool:
            found = self._run(model, path, Setting(invokes=0, arena_bytes=arena_bytes))
            return found.arena_used_bytes is not None

        return smallest(works, self._smallest_predicted(model))


def smallest(works: Callable[[int], bool], guess: int) -> int | None:
    """Return the least multiple of 16 bytes up to `LARGEST_BYTES` that works while 16 less do not; None if none works.

    `guess` is tried first.
    """
    refused, least = 0, LARGEST_BYTES
    if not works(least):
        return None
    guess = -(-guess // STEP_BYTES) * STEP_BYTES
    nearby = (guess, guess - STEP_BYTES)
    while least - refused > STEP_BYTES:
        middle = (refused + least) // (2 * STEP_BYTES) * STEP_BYTES
        size = next((size for size in nearby if refused < size < least), middle)
        refused, least = (refused, size) if works(size) else (size, least)
    return least


def parts_of(fitted: Path) -> list[Path]:
    """Return the files that run one after the other: those of a folder that `fit --parts` wrote, or the file itself."""
    if not fitted.is_dir():
        return [fitted]
    return [fitted / part["file"] for part in json.loads((fitted / PARTS_FILE).read_text())["parts"]]


def pairs(options: argparse.Namespace, target: Target, folder: Path) -> Iterator[tuple[str, Path, Path]]:
    """Yield name, original and fitted model of what the command line names."""
    for number, words in enumerate(options.models):
        original, _, fitted = words.partition("=")
        path = Path(original)
        if fitted:
            yield Path(fitted).stem, path, Path(fitted)
        elif options.fit is None:
            raise SystemExit(f"{original}: name the fitted model as well (ORIGINAL=FITTED), or --fit")
        else:
            made = folder / f"m{number}"
            try:
                made.write_bytes(write_bytes(fit(path, target, options)))
            except ArenafitError as error:
                print(f"| {path.stem} | not fitted: {error} |", flush=True)
                continue
            yield path.stem, path, made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL")
    add_library(parser)
    add_fitting(parser)
    parser.add_argument("--build", choices=[build.value for build in Build], default=Build.RELEASE.value)
    options = parser.parse_args()
    library = library_of(options)
    rows = []
    with TemporaryDirectory() as scratch, linked_witness(library) as witness:
        judge = Judge(witness, library.choose(), Build(options.build))
        print(HEADER)
        for name, original, fitted in pairs(options, judge.target, Path(scratch)):
            rows.append(judge.row(name, original, fitted))
            print(rows[-1].text, flush=True)
    errors = [abs(row.points) for row in rows if row.points is not None]
    if errors:
        within = sum(error <= 1.5 for error in errors)
        print(
            f"\n{sum(row.good for row in rows)} of {len(rows)} as predicted; {within} of {len(errors)} ratios within "
            f"1.5 points, median {median(errors):.2f}, largest {max(errors):.2f}"
        )
    raise SystemExit(0 if rows and all(row.good for row in rows) else 1)


if __name__ == "__main__":
    main()
