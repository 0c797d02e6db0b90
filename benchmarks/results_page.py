"""Writes docs/results.md from results of `benchmarks/fit.py`.

python benchmarks/results_page.py --out docs/results.md --note "..." RESULTS.jsonl [RESULTS.jsonl ...]
                                  [--limited LIMITED.jsonl --limit "10 %"]

LIMITED holds results of a run with `--max-slowdown`.
"""

import argparse
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Found = Mapping[str, Any]
Rows = dict[str, dict[str, Found]]

_LARGE_BYTES = 32 << 10
# What has no more operators than this is a test file, or a layer of a model.
_PIECE_OPERATORS = 4
_LIMITED = "limited"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--limited", type=Path)
    parser.add_argument("--limit", default="10 %", help="how much slower results of --limited may be")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--note", default="", help="how the figures were measured")
    options = parser.parse_args()
    rows: Rows = {}
    for path in options.results:
        for found in _lines(path):
            rows.setdefault(found["model"], {})[found["validity"]] = found
    if options.limited is not None:
        for found in _lines(options.limited):
            rows.setdefault(found["model"], {})[_LIMITED] = found
    options.out.write_text(page(rows, options.note, options.limit), encoding="utf-8")


def page(rows: Rows, note: str, limit: str) -> str:
    """Return the page: means, then a row a model."""
    titles = {"tflite": "`tflite`", "tflm": "`tflm`", _LIMITED: f"`tflm`, ≤ {limit} slower"}
    kinds = [kind for kind in titles if any(kind in row for row in rows.values())]
    rows = {name: row for name, row in rows.items() if _any(row)["stock_bytes"] >= _LARGE_BYTES}
    dev = {name: row for name, row in rows.items() if name.startswith("dev/")}
    lines = ["# Results", "", note, ""]
    for kind in kinds:
        lines.append(f"- {titles[kind]}: geometric mean of fitted / stock **{_mean(dev.values(), kind)}**.")
        lines.append(f"  With the two models of the case: {_mean(rows.values(), kind)}.")
    whole = {name: row for name, row in rows.items() if _any(row)["operators"] > _PIECE_OPERATORS}
    pieces = {name: row for name, row in rows.items() if name not in whole}
    lines += ["", "### Models", "", *_table(whole, kinds, titles)]
    if pieces:
        lines += ["", "### Pieces: test files of a few operators", "", *_table(pieces, kinds, titles)]
    lines += [
        "",
        "*ratio*: fitted / stock; *instr.*: estimated instructions of one Invoke, fitted / stock, on Cortex-M4 with",
        "CMSIS-NN, release. An empty cell: not measured, or a candidate was dropped by verification.",
        "",
        "Written by `benchmarks/fit.py` and `benchmarks/results_page.py`.",
        "",
    ]
    return "\n".join(lines)


def _table(rows: Rows, kinds: list[str], titles: Mapping[str, str]) -> list[str]:
    """Return a table that fits a page: a row a model, the largest first; the limited run has its mean alone."""
    shown = [kind for kind in kinds if kind != _LIMITED]
    lines = [f"| model | stock |{''.join(f' {titles[kind]} | ratio | instr. |' for kind in shown)}"]
    lines.append("|---|" + "---:|" * (1 + 3 * len(shown)))
    for name, row in sorted(rows.items(), key=lambda item: -_any(item[1])["stock_bytes"]):
        cells = [name.split("/")[-1], f"{_any(row)['stock_bytes']:,}"]
        for kind in shown:
            cells += _cells(row.get(kind))
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _lines(path: Path) -> Iterable[Found]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def _any(row: Mapping[str, Found]) -> Found:
    return next((found for found in row.values() if found["stock_bytes"]), next(iter(row.values())))


def _cells(found: Found | None) -> list[str]:
    if found is None or not _ok(found):
        return ["", "", ""]
    return [f"{found['fitted_bytes']:,}", f"{_ratio(found):.3f}", f"{found['instructions_ratio']:.2f}"]


def _mean(rows: Iterable[Mapping[str, Found]], kind: str) -> str:
    ratios = [_ratio(row[kind]) for row in rows if kind in row and _ok(row[kind])]
    mean = math.exp(sum(math.log(ratio) for ratio in ratios) / max(1, len(ratios)))
    return f"{mean:.3f} over {len(ratios)} models"


def _ratio(found: Found) -> float:
    return float(found["fitted_bytes"] / found["stock_bytes"])


def _ok(found: Found) -> bool:
    return bool(found["verdict"] == "ok")


if __name__ == "__main__":
    main()
