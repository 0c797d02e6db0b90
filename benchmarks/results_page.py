"""Writes docs/results.md from results of `benchmarks/fit.py`.

python benchmarks/results_page.py --out docs/results.md --note "..." RESULTS.jsonl [RESULTS.jsonl ...]
"""

import argparse
import json
import math
from pathlib import Path
from typing import Any

Rows = dict[str, dict[str, dict[str, Any]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--note", default="", help="how the figures were measured")
    options = parser.parse_args()
    rows: Rows = {}
    for path in options.results:
        for line in path.read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            rows.setdefault(found["model"], {})[found["validity"]] = found
    options.out.write_text(page(rows, options.note), encoding="utf-8")


def page(rows: Rows, note: str) -> str:
    """Return the page: means, then a row a model."""
    lines = ["# Results", "", note, ""]
    for validity in ("tflite", "tflm"):
        ratios = [_ratio(row[validity]) for row in rows.values() if validity in row and _ok(row[validity])]
        if ratios:
            mean = math.exp(sum(math.log(ratio) for ratio in ratios) / len(ratios))
            lines.append(
                f"- `--validity {validity}`: geometric mean of fitted / stock {mean:.3f} over {len(ratios)} models."
            )
    lines += [
        "",
        "| model | operators | stock | `tflite` | ratio | time | `tflm` | ratio | time | bound | file | s |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, row in sorted(rows.items(), key=lambda item: -next(iter(item[1].values()))["stock_bytes"]):
        any_row = next(iter(row.values()))
        cells = [name.split("/")[-1], str(any_row["operators"]), f"{any_row['stock_bytes']:,}"]
        for validity in ("tflite", "tflm"):
            found = row.get(validity)
            cells += (
                [f"{found['fitted_bytes']:,}", f"{_ratio(found):.3f}", f"{found['instructions_ratio']:.2f}"]
                if (found is not None and _ok(found))
                else ["", "", ""]
            )
        cells += [f"{any_row['bound_bytes']:,}", f"{any_row['flash_ratio']:.2f}", f"{any_row['seconds']:.0f}"]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        "*time*: estimated instructions of one Invoke, fitted / stock, on Cortex-M4 with CMSIS-NN, release; *bound*:",
        "the live-set bound of the original; *file*: size, fitted / stock; *s*: seconds of the whole fit, verification",
        "included.",
        "Written by `benchmarks/fit.py` and `benchmarks/results_page.py`.",
        "",
    ]
    return "\n".join(lines)


def _cells(found: dict[str, Any] | None) -> list[str]:
    if found is None or not _ok(found):
        return ["", "", ""]
    return [f"{found['fitted_bytes']:,}", f"{_ratio(found):.3f}", f"{found['instructions_ratio']:.2f}"]


def _ok(row: dict[str, Any]) -> bool:
    return bool(row.get("verdict") == "ok")


def _ratio(row: dict[str, Any]) -> float:
    return float(row["fitted_bytes"] / row["stock_bytes"])


if __name__ == "__main__":
    main()
