"""Compare fitted models with their originals on the emulated Cortex-M4: outputs, arena, instructions.

    python benchmarks/emulated/fitted.py --witness WITNESS.elf [--build assertions] ORIGINAL=FITTED...

WITNESS.elf is the harness of this directory linked with TFLM and CMSIS-NN (see board.py), the release build unless told
otherwise. Prints a table; exits with 1 if outputs differ or a model does not run. Figures of Invoke 0 are taken.
"""

import argparse
from pathlib import Path

from board import run

from arenafit.costs import Build, Core, estimate
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_model
from arenafit.tflm import footprint

HEADER = (
    "| model | outputs | arena used, predicted | arena used, measured | instructions, measured ratio | predicted |\n"
    "|---|---|---:|---:|---:|---:|"
)


def row(witness: Path, build: Build, original: Path, fitted: Path) -> tuple[str, bool]:
    """Return the row of one fitted model, and whether it did what its original does."""
    before, after = (run(witness, path) for path in (original, fitted))
    if not (before.instructions and after.instructions) or before.log or after.log:
        return f"| {fitted.stem} | did not run: {' '.join((*before.log, *after.log))} | | | | |", False
    same = before.outputs == after.outputs
    models = [read_model(path) for path in (original, fitted)]
    predicted = [estimate(model, Core.M4_CMSIS_NN, build).total_instructions for model in models]
    cells = [
        fitted.stem,
        "equal" if same else "DIFFERENT",
        f"{footprint(models[1], CORTEX_M4).used_bytes:,}",
        f"{after.arena_used_bytes:,}",
        f"{after.instructions[0] / before.instructions[0]:.4f}",
        f"{predicted[1] / predicted[0]:.4f}",
    ]
    return f"| {' | '.join(cells)} |", same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--witness", type=Path, required=True)
    parser.add_argument("--build", choices=[build.value for build in Build], default=Build.RELEASE.value)
    parser.add_argument("models", nargs="+", metavar="ORIGINAL=FITTED")
    arguments = parser.parse_args()
    print(HEADER)
    good = True
    for pair in arguments.models:
        original, _, fitted = pair.partition("=")
        line, same = row(arguments.witness, Build(arguments.build), Path(original), Path(fitted))
        print(line, flush=True)
        good &= same
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
