"""Print how well predicted instructions agree with measured ones, over whole models.

    python benchmarks/costs.py --corpus DIR [--models] [--markdown FILE]

DIR holds models/*/*.tflite and golden/arena.jsonl (instructions of one Invoke, assertion builds). A CNN is a model
with a CONV_2D or DEPTHWISE_CONV_2D and more than 200,000 instructions. Models that coefficients were calibrated on are
left out.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from arenafit.costs import Build, Core, Cost, estimate
from arenafit.tflite import read_model
from calibration.golden import whole_models

MIN_INSTRUCTIONS = 200_000


@dataclass(frozen=True, slots=True)
class Result:
    """An estimate beside what was measured."""

    model: str
    measured: int
    cost: Cost
    is_cnn: bool
    operators: int
    seconds: float

    @property
    def error_percent(self) -> float:
        """Relative error of the estimate, positive if it is too high."""
        return (self.cost.total_instructions / self.measured - 1) * 100


def predict(corpus: Path) -> list[Result]:
    results = []
    for found in whole_models(corpus / "golden"):
        if found.is_witness:
            continue
        model = read_model(found.path)
        estimate(model, found.core, Build.ASSERTIONS)  # the first call loads coefficients and fills caches
        start = time.perf_counter()
        cost = estimate(model, found.core, Build.ASSERTIONS)
        seconds = time.perf_counter() - start
        results.append(Result(found.name, found.instructions, cost, found.is_cnn(model), len(model.ops), seconds))
    return results


def summary(results: Sequence[Result]) -> list[str]:
    lines = [
        "| core | models | n | median | p90 | p95 | largest | within 2 % |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for core in Core:
        mine = [result for result in results if result.cost.core is core]
        covered = [result for result in mine if result.cost.is_complete]
        groups = {
            "CNNs, every operator measured": [result for result in covered if result.is_cnn],
            "all CNNs": [result for result in mine if result.is_cnn],
            "all above 200 k, every operator measured": [r for r in covered if r.measured > MIN_INSTRUCTIONS],
        }
        for name, group in groups.items():
            errors = np.abs([result.error_percent for result in group])
            p90, p95 = np.percentile(errors, [90, 95])
            within = (errors <= 2).mean() * 100
            lines.append(
                f"| {core.name} | {name} | {len(group)} | {np.median(errors):.2f} % | {p90:.2f} % | {p95:.2f} % "
                f"| {errors.max():.1f} % | {within:.1f} % |"
            )
    return lines


def outliers(results: Sequence[Result]) -> list[str]:
    lines = ["| core | model | measured | error | not priced |", "|---|---|---:|---:|---|"]
    far = [result for result in results if result.is_cnn and abs(result.error_percent) > 2]
    for result in sorted(far, key=lambda result: (result.cost.core.name, -abs(result.error_percent))):
        missing = ", ".join(sorted({op.code.label for op, _ in result.cost.uncovered}))
        lines.append(
            f"| {result.cost.core.name} | {result.model} | {result.measured:,} | {result.error_percent:+.1f} % "
            f"| {missing} |"
        )
    return lines


def speed(results: Sequence[Result]) -> str:
    each = sorted(result.seconds / result.operators for result in results if result.operators >= 10)
    whole = max(results, key=lambda result: result.operators)
    return (
        f"One estimate takes {np.median(each) * 1e6:.0f} microseconds per operator; the largest model "
        f"({whole.operators} operators) {whole.seconds * 1e3:.1f} ms."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--models", action="store_true", help="list every model, not only the outliers")
    parser.add_argument("--markdown", type=Path, help="write the tables to this file too")
    arguments = parser.parse_args()
    results = predict(arguments.corpus)
    missing = Counter(op.code.label for result in results for op, _ in result.cost.uncovered)
    lines = [*summary(results), "", "CNNs off by more than 2 %:", "", *outliers(results), "", speed(results)]
    lines += ["", "Operators without a price (times met): " + ", ".join(f"{n} {c}" for n, c in missing.most_common())]
    print("\n".join(lines))
    if arguments.models:
        for result in results:
            print(f"{result.cost.core.name:13} {result.error_percent:+9.2f} % {result.measured:>14,} {result.model}")
    if arguments.markdown is not None:
        arguments.markdown.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
