"""Refit the coefficients of the instruction cost model from measurements and write src/arenafit/costs/data/.

    python benchmarks/fit_costs.py --golden DIR

DIR holds instructions.jsonl (assertion builds), instructions_ndebug.jsonl (release builds), and arena.jsonl with the
instructions of whole models, which are in DIR/../models. What benchmarks/emulated measured is added.
"""

import argparse
from pathlib import Path

from calibration.fit import Table
from calibration.golden import fit_golden

EMULATED = Path(__file__).parent / "emulated"
DATA = Path(__file__).parent.parent / "src" / "arenafit" / "costs" / "data"


def table_text(path: str, table: Table) -> list[str]:
    lines = [f'[paths."{path}"]', f'basis = "{table.basis}"']
    if table.records:
        lines.append(f"records = {table.records}")
        lines.append(f"error_percent = {{ median = {table.median_error:.2f}, max = {table.max_error:.2f} }}")
    if table.held_out:
        median, worst = table.held_out_median_error, table.held_out_max_error
        lines.append(f"held_out = {{ records = {table.held_out}, median = {median:.2f}, max = {worst:.2f} }}")
    lines.append(f'[paths."{path}".terms]')
    return [*lines, *(f"{name} = {value:.5g}" for name, value in table.terms.items()), ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--golden", type=Path, required=True)
    for (core, build), tables in fit_golden(parser.parse_args().golden, EMULATED).items():
        header = [
            f"# Instructions per term of each kernel path: {core.name}, {build.name.lower()} build.",
            "# Written by benchmarks/fit_costs.py from measured records; do not edit by hand.",
            "",
        ]
        body = [line for path in sorted(tables) for line in table_text(path, tables[path])]
        target = DATA / f"{core.value}.{build.value}.toml"
        target.write_text("\n".join([*header, *body]).rstrip() + "\n", encoding="utf-8")
        worst = max((table for table in tables.values() if table.records), key=lambda table: table.median_error)
        print(f"{target.name}: {len(tables)} paths, largest median error of a path {worst.median_error:.2f} %")


if __name__ == "__main__":
    main()
