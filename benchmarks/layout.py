"""What layout alone buys, model by model: offsets, results in the place of operands, the order of operators.

    python benchmarks/layout.py DIRECTORY [--verify] [--write docs/layout.md]

Heads are predicted for the tflite-micro wheel, which measures the same. With --verify every planned model is run in the
real TFLM beside the original: 12 inputs one after another on one interpreter each, outputs compared bit for bit.
"""

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path

from arenafit.errors import ArenafitError, UnsupportedModelError, VerificationError
from arenafit.fit.relayout import LaidOut, plan_layout
from arenafit.fit.verify import Verifier, verifier
from arenafit.ir import Model
from arenafit.layout import LayoutRules
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes, read_file, write_bytes
from arenafit.tflm.footprints import footprint
from arenafit.units import format_size

_BEGIN, _END = "<!-- table: benchmarks/layout.py -->", "<!-- end of table -->"


@dataclass(frozen=True, slots=True)
class Row:
    """Heads of one model in bytes."""

    name: str
    ops: int
    stock: int
    offsets: int
    shared: int
    reached: LaidOut
    verdict: str

    @property
    def head(self) -> int:
        """The head reached."""
        return self.reached.footprint.head_bytes

    @property
    def bound(self) -> int:
        """No head is lower."""
        return self.reached.bound_bytes

    @property
    def is_optimal(self) -> bool:
        """Whether the head is proved to be the lowest."""
        return self.head <= self.bound


def measure(path: Path, verify: Verifier | None) -> Row:
    content = read_file(path)
    model = read_bytes(content, str(path))
    stock = footprint(model, WHEEL)
    reached = plan_layout(model, WHEEL)
    return Row(
        path.stem,
        sum(len(graph.ops) for graph in model.graphs),
        stock.head_bytes,
        min(stock.head_bytes, _head(model, share=False)),
        min(stock.head_bytes, _head(model, share=True)),
        reached,
        "" if verify is None else _verified(verify, content, reached),
    )


def _head(model: Model, *, share: bool) -> int:
    return plan_layout(model, WHEEL, rules=LayoutRules(share=share), reorder=False).footprint.head_bytes


def _verified(verify: Verifier, content: bytes, reached: LaidOut) -> str:
    try:
        found = verify.verify(content, write_bytes(reached.model), desktop=False)
    except VerificationError:
        return "TFLM does not run it"
    return "equal" if found.accepted else f"DIFFERS: {found.difference}"


def rows(paths: Sequence[Path], verify: Verifier | None) -> Iterator[Row]:
    for path in paths:
        try:
            yield measure(path, verify)
        except UnsupportedModelError as error:
            print(f"left out: {error}")


def mean_ratio(found: Sequence[Row], value: Callable[[Row], int]) -> float:
    ratios = [log(value(row) / row.stock) for row in found if row.stock]
    return exp(sum(ratios) / len(ratios))


def table(found: Sequence[Row]) -> str:
    lines = [
        "| model | operators | stock | offsets | + sharing | + order | bound | gap | s |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in found:
        cells = [format_size(size) for size in (row.stock, row.offsets, row.shared, row.head, row.bound)]
        gap = "-" if row.is_optimal else f"{row.head / row.bound - 1:.2%}"
        lines.append(f"| {row.name} | {row.ops} | {' | '.join(cells)} | {gap} | {row.reached.seconds:.2f} |")
    return "\n".join(lines)


def summary(found: Sequence[Row]) -> str:
    large = [row for row in found if row.stock >= 16384]
    optimal = sum(row.is_optimal for row in found)
    worse = [row.name for row in found if row.head > row.stock]
    slow = [row.name for row in found if row.ops <= 300 and row.reached.seconds >= 1.0]
    steps: tuple[tuple[str, Callable[[Row], int]], ...] = (
        ("offsets alone", lambda row: row.offsets),
        ("with sharing", lambda row: row.shared),
        ("with sharing and order", lambda row: row.head),
    )
    lines = [f"{len(found)} models, {len(large)} of them with a head of 16 KiB or more.", ""]
    lines += ["| head against stock, geometric mean | all | 16 KiB or more | models improved |", "|---|--:|--:|--:|"]
    for name, value in steps:
        better = sum(value(row) < row.stock for row in found)
        lines.append(f"| {name} | {mean_ratio(found, value):.3f} | {mean_ratio(large, value):.3f} | {better} |")
    lines += ["", f"The bound is reached on {optimal} of {len(found)} models ({optimal / len(found):.1%})."]
    lines.append(f"Worse than stock: {', '.join(worse) or 'none'}. Slower than a second: {', '.join(slow) or 'none'}.")
    verdicts = [row.verdict for row in found if row.verdict]
    if verdicts:
        differing = [f"{row.name}: {row.verdict}" for row in found if row.verdict.startswith("DIFFERS")]
        lines.append(
            f"Run in TFLM beside the original on 12 inputs: {verdicts.count('equal')} equal bit for bit,"
            f" {len(differing)} different, {verdicts.count('TFLM does not run it')} that TFLM does not run."
        )
        lines += differing
    return "\n".join(lines)


def write(path: Path, text: str) -> None:
    page = path.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", re.DOTALL)
    if not pattern.search(page):
        raise SystemExit(f"{path} has no place for the table: it needs {_BEGIN} and {_END}")
    path.write_text(pattern.sub(lambda _: f"{_BEGIN}\n\n{text}\n\n{_END}", page), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--verify", action="store_true", help="run every planned model in the real TFLM")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this page")
    arguments = parser.parse_args()
    paths = sorted(arguments.directory.glob("*.tflite"))
    if not paths:
        parser.error("no *.tflite in that directory")
    if arguments.verify:
        with verifier() as found_verifier:
            found = list(rows(paths, found_verifier))
    else:
        found = list(rows(paths, None))
    text = f"{summary(found)}\n\n{table(found)}"
    print(text)
    if arguments.write:
        write(arguments.write, text)


if __name__ == "__main__":
    try:
        main()
    except ArenafitError as error:
        raise SystemExit(f"error: {error}") from error
