"""Run `fit` over a corpus of models and make a table of what it bought.

    python benchmarks/fit.py --corpus DIR --out DIR [--effort EFFORT] [--set dev --set case] [--only PART ...]
                             [--validity tflite tflm] [--min-arena BYTES] [--skip PART ...] [--max-slowdown 0.1]
                             [--target cortex-m4] [--kind model] [--feed rows] [--jobs 2]
    python benchmarks/fit.py --gate [--corpus DIR] [--jobs 2]

Reads DIR/models/INDEX.tsv and DIR/models/<set>/<name>.tflite. Every result is appended to OUT/fit.jsonl as it comes
and a run that was interrupted goes on where it stopped (delete the file to begin anew); OUT/fit.csv and OUT/fit.md are
written at the end. Each model runs in a process of its own, so that one that crashes or hangs costs its own row only.

With `--gate` nothing is written: the searches of `quality_gate.toml` must find what stands there, see quality_gate.py.
"""

import argparse
import csv
import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass, fields
from math import exp, log
from pathlib import Path
from queue import Empty
from typing import Any

from arenafit.errors import ArenafitError
from arenafit.fit import FitResult, Settings, fit_bytes
from arenafit.fit.settings import fed_input
from arenafit.layout import live_profile
from arenafit.rewrites.protocol import Validity
from arenafit.targets.choice import find_target
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes
from arenafit.tflm import footprint
from quality_gate import gate

LARGE_BYTES = 32 << 10
_LIMIT_SECONDS = 3600.0  # for one model; whatever takes longer hangs


@dataclass(frozen=True, slots=True)
class Row:
    """One model under one validity. Sizes are smallest working arenas on the target; they are measured on the wheel."""

    model: str
    validity: str
    operators: int
    stock_bytes: int = 0
    fitted_bytes: int = 0  # predicted; `measured_bytes` is the real TFLM's
    measured_bytes: int | None = None
    min_arena_bytes: int | None = None
    bound_bytes: int = 0  # live set of the original graph, results in place, and the original tail
    instructions: int = 0
    instructions_ratio: float = 1.0
    flash_ratio: float = 1.0
    seconds: float = 0.0
    candidates: int = 0
    effort: str = ""
    steps_searched: int = 0
    litert: str = ""
    verdict: str = ""
    steps: str = ""
    why_stopped: str = ""

    @property
    def ratio(self) -> float:
        """Fitted over stock."""
        return self.fitted_bytes / self.stock_bytes if self.stock_bytes else 1.0


def run_one(path: str, name: str, wanted: Settings, answers: "multiprocessing.Queue[dict[str, Any]]") -> None:
    content = Path(path).read_bytes()
    started = time.monotonic()
    try:
        model = read_bytes(content, name)
        operators = len(model.ops)
        result = fit_bytes(content, name, wanted)
    except ArenafitError as error:
        answers.put(asdict(_failed(name, wanted, f"{type(error).__name__}: {error}", time.monotonic() - started)))
        return
    row = _row(name, wanted, operators, result, time.monotonic() - started)
    bound = max(live_profile(model).values(), default=0) + footprint(model, wanted.target).tail_bytes
    answers.put(asdict(row) | {"bound_bytes": bound})


def _failed(name: str, wanted: Settings, why: str, seconds: float) -> Row:
    return Row(name, wanted.validity.value, 0, seconds=round(seconds, 1), verdict=f"ERROR {why}")


def _row(name: str, wanted: Settings, operators: int, result: FitResult, seconds: float) -> Row:
    first, last = result.steps[0], result.steps[-1]
    return Row(
        model=name,
        validity=wanted.validity.value,
        operators=operators,
        stock_bytes=first.predicted_bytes,
        fitted_bytes=last.predicted_bytes,
        measured_bytes=last.measured_bytes,
        min_arena_bytes=result.verdict.min_arena_bytes,
        instructions=last.instructions,
        instructions_ratio=round(last.instructions / first.instructions, 4) if first.instructions else 1.0,
        flash_ratio=round(last.flash_bytes / first.flash_bytes, 4),
        seconds=round(seconds, 1),
        effort=str(wanted.effort),
        steps_searched=result.steps_searched,
        candidates=result.candidates,
        litert=result.verdict.litert,
        verdict=_verdict(result),
        steps="; ".join(step.what for step in result.steps[1:]),
        why_stopped=result.why_stopped,
    )


def _verdict(result: FitResult) -> str:
    """The words of the table: "ok", or everything that is not."""
    first, last, verdict = result.steps[0], result.steps[-1], result.verdict
    found = [f"DEFECT {defect.difference} [{' | '.join(defect.steps)}]" for defect in result.defects]
    if not verdict.verified:
        found.append(f"NOT VERIFIED {verdict.runtime}")
    if last.predicted_bytes > first.predicted_bytes:
        found.append("WORSE than stock")
    if result.settings.target != WHEEL:
        return "; ".join(found) or "ok"  # what the wheel takes is no measure of it
    if verdict.min_arena_bytes not in (None, last.predicted_bytes):
        found.append(f"PREDICTED {last.predicted_bytes}, smallest arena measured {verdict.min_arena_bytes}")
    found += [
        f"PREDICTED {step.predicted_bytes} for {step.rewrite}, measured {step.measured_bytes}"
        for step in (first, last)
        if step.measured_bytes not in (None, step.predicted_bytes)
    ]
    return "; ".join(found) or "ok"


def in_a_process(path: Path, name: str, wanted: Settings) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    answers: multiprocessing.Queue[dict[str, Any]] = context.Queue()
    child = context.Process(target=run_one, args=(str(path), name, wanted, answers))
    child.start()
    deadline = time.monotonic() + _LIMIT_SECONDS
    why = "still running after an hour"
    while time.monotonic() < deadline:
        try:
            return answers.get(timeout=1.0)
        except Empty:
            if not child.is_alive():
                why = f"the process ended with code {child.exitcode}"
                break
        finally:
            if not child.is_alive():
                child.join()
    child.kill()
    child.join()
    return asdict(_failed(name, wanted, why, _LIMIT_SECONDS))


def models(corpus: Path, arguments: argparse.Namespace) -> list[tuple[str, Path]]:
    with (corpus / "models" / "INDEX.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    arena = {f"{row['set']}/{row['name']}": int(row["arena_total"] or 0) for row in rows}
    kinds = {f"{row['set']}/{row['name']}": row["kind"] for row in rows}
    found: list[tuple[int, str, Path]] = []
    for part in arguments.set:
        for path in sorted((corpus / "models" / part).glob("*.tflite")):
            name = f"{part}/{path.stem}"
            if name in arena and arena[name] < arguments.min_arena:
                continue
            if arguments.kind and name in kinds and kinds[name] not in arguments.kind:
                continue
            if arguments.only and not any(word in name for word in arguments.only):
                continue
            if any(word in name for word in arguments.skip):
                continue
            found.append((path.stat().st_size, name, path))
    return [(name, path) for _, name, path in sorted(found)]


def markdown(rows: Sequence[Row]) -> str:
    lines = [
        "| model | validity | ops | stock | fitted | ratio | bound | instr. | flash | s | result |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for row in sorted(rows, key=lambda item: (item.model, item.validity)):
        if not row.stock_bytes:
            lines.append(f"| {row.model} | {row.validity} | | | | | | | | {row.seconds:g} | {_cell(row.verdict)} |")
            continue
        litert = "" if row.litert.startswith("equal") else f" (LiteRT: {_cell(row.litert)})"
        lines.append(
            f"| {row.model} | {row.validity} | {row.operators} | {row.stock_bytes:,} | {row.fitted_bytes:,} "
            f"| {row.ratio:.3f} | {row.bound_bytes:,} | {row.instructions_ratio:.2f} | {row.flash_ratio:.2f} "
            f"| {row.seconds:g} | {_cell(row.verdict)}{litert} |"
        )
    lines.append("")
    for validity in sorted({row.validity for row in rows}):
        chosen = [row for row in rows if row.validity == validity and row.stock_bytes >= LARGE_BYTES]
        if chosen:
            lines.append(
                f"Geometric mean of fitted / stock, `{validity}`, {len(chosen)} models with a stock arena of 32 KB and"
                f" more: **{_mean([row.ratio for row in chosen]):.3f}**; instructions"
                f" {_mean([row.instructions_ratio for row in chosen]):.3f}."
            )
    return "\n".join(lines) + "\n"


def _mean(values: Sequence[float]) -> float:
    return exp(sum(log(value) for value in values) / len(values))


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def load(file: Path) -> list[Row]:
    if not file.is_file():
        return []
    names = {item.name for item in fields(Row)}
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Row(**{key: value for key, value in item.items() if key in names}) for item in found]


def write(out: Path, rows: Sequence[Row]) -> None:
    (out / "fit.md").write_text(markdown(rows), encoding="utf-8")
    with (out / "fit.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [item.name for item in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--gate", action="store_true", help="judge the search by a fixed dozen of models")
    parser.add_argument("--out", type=Path, help="directory for fit.jsonl, fit.csv and fit.md")
    parser.add_argument("--effort", default="default", help="work of the search a model, as for arenafit fit")
    parser.add_argument("--set", action="append", help="dev, case; both by default")
    parser.add_argument("--only", nargs="*", default=[], help="models whose name holds one of these")
    parser.add_argument("--skip", nargs="*", default=[], help="models to leave out")
    parser.add_argument("--validity", nargs="*", default=["tflite"], choices=[item.value for item in Validity])
    parser.add_argument("--min-arena", type=int, default=0, metavar="BYTES", help="smallest stock arena, of the index")
    parser.add_argument("--target", type=find_target, default="wheel", help="as for arenafit fit; measured if wheel")
    parser.add_argument("--kind", nargs="*", default=[], help="of the index: model, testnet, optest; all by default")
    parser.add_argument("--feed", type=fed_input, help="rows: feed the largest input by rows")
    parser.add_argument("--jobs", type=int, default=1, help="models at a time; a search uses one core")
    parser.add_argument("--max-slowdown", type=float, default=None)
    arguments = parser.parse_args()
    if arguments.gate:
        raise SystemExit(0 if gate(arguments.corpus, arguments.jobs) else 1)
    if arguments.corpus is None or arguments.out is None:
        parser.error("--corpus and --out are needed, or --gate")
    arguments.set = arguments.set or ["dev", "case"]
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    rows = load(out / "fit.jsonl")
    done = {(row.model, row.validity) for row in rows}
    waiting = [
        (
            path,
            name,
            Settings(
                arguments.target,
                Validity(validity),
                effort=arguments.effort,
                max_slowdown=arguments.max_slowdown,
                feed=arguments.feed,
            ),
        )
        for name, path in models(arguments.corpus, arguments)
        for validity in arguments.validity
        if (name, validity) not in done
    ]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for coming in as_completed([pool.submit(in_a_process, *one) for one in waiting]):
            answer = coming.result()
            with (out / "fit.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(answer) + "\n")
            row = Row(**answer)
            rows.append(row)
            print(
                f"{row.model} {row.validity}: {row.stock_bytes:,} -> {row.fitted_bytes:,} ({row.ratio:.3f}),"
                f" {row.seconds:g} s, {row.verdict}",
                flush=True,
            )
    write(out, rows)
    sys.stdout.write(markdown(rows))


if __name__ == "__main__":
    main()
