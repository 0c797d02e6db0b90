"""Holds exported planners to account: models over disjoint memories of an emulated board, on TFLM as it is.

For each model: its outputs in one arena and over three memories must be equal; 16 bytes less in any memory must be
refused in AllocateTensors; nothing around the memories may be written. One JSON line a model, the sums in the last.

    python memories.py --library libtensorflow-microlite.a --tflm DIR --target cortex-m55 [--fit tflm] MODEL ...

README.md says what the library must be.
"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from board import Library, Program, Run, add_library, library_of, link
from fits import add_fitting, fit

from arenafit import export_model
from arenafit.errors import ArenafitError
from arenafit.memories import MemoryPlan, SpreadOptions, spread_over
from arenafit.targets.memories import read_memories
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm import footprint

HERE = Path(__file__).parent
GUARD_BYTES = 4096
INVOKES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model did: `refused` of `tried` modes with 16 bytes less, `changed` bytes around the memories."""

    model: str
    fit: str
    target: str
    memories: int
    buffers: int
    equal: bool
    tried: int
    refused: int
    changed: int
    log: tuple[str, ...] = ()


def memories_for(head_bytes: int) -> tuple[str, ...]:
    """Return three memories of which a model needs more than one."""
    fast, mid = (max(16, head_bytes * part // 100 // 16 * 16) for part in (40, 30))
    return (f"fast={fast}", f"mid={mid}:2", "slow=5M:8")


@dataclass(frozen=True, slots=True)
class Case:
    """A model ready to run: its file, its plan, its folder under the program's."""

    name: str
    file: Path
    plan: MemoryPlan


def prepare(folder: Path, number: int, path: Path, library: Library, options: argparse.Namespace) -> Case:
    """Fit the model if that is asked for, plan and export it."""
    target = library.choose()
    model = read_model(path) if options.fit is None else fit(path, target, options)
    file = folder / f"m{number}"
    file.write_bytes(write_bytes(model))
    found = footprint(model, target)
    memories = memories_for(found.head_bytes)
    plan = spread_over(model, found, read_memories(memories), SpreadOptions(arena=options.arena))
    made = folder / f"planned{number}"
    export_model(
        file, made, name=made.name, margin_bytes=0, target=library.target, memories=memories, arena=options.arena
    )
    source = (made / "arena_planner.cc").read_text()
    source = re.sub(r"constexpr (std::size_t k(?:Room|Block)Bytes\[)", r"\1", source)
    (made / "planned.inc").write_text(source)
    return Case(path.stem, file, plan)


def table(folder: Path, cases: Sequence[Case], library: Library) -> str:
    """Return what the program knows of all cases, as C++."""
    lines, rows = [], []
    for number, case in enumerate(cases):
        name = f"planned{number}"
        fields = re.findall(r"std::uint8_t\* (\w+)_memory;", (folder / name / "arena_planner.h").read_text())
        blocks = ", ".join(
            f'{{"{field}", reinterpret_cast<std::uint8_t*>(0x{library.board.bases[field] + GUARD_BYTES:x}u),'
            f" {name}::k{field.capitalize()}Bytes}}"
            for field in fields
        )
        bases = ", ".join(f"kBlocks{number}[{at}].base" for at in range(len(fields)))
        lines += [
            f'#include "{name}/planned.inc"',
            f'#include "{name}/op_resolver.h"',
            f"const Block kBlocks{number}[] = {{{blocks}}};",
            f"tflite::MicroAllocator* Create{number}() {{",
            f"  const {name}::Regions regions = {{{bases}}};",
            f"  return {name}::CreateAllocator(regions);",
            "}",
            f"const tflite::MicroOpResolver* Resolver{number}() {{",
            f"  static {name}::OpResolver resolver;",
            f"  return {name}::RegisterOps(resolver) == kTfLiteOk ? &resolver : nullptr;",
            "}",
        ]
        variables = case.plan.footprint.resource_variables
        tables = f"{name}::kRoomBytes, {name}::kBlockBytes"
        rows.append(f"    {{kBlocks{number}, {len(fields)}, {variables}, {tables}, Create{number}, Resolver{number}}},")
    return "\n".join([*lines, "const Case kCases[] = {", *rows, "};", ""])


def judge(program: Program, case: Case, library: Library, options: argparse.Namespace) -> Verdict:
    """Run a model in every mode."""
    plan = case.plan

    def play(mode: str) -> Run:
        return program.run(case.file, INVOKES, mode, case.file.name[1:])

    one, split = play("one"), play("split")
    used = [index for index, size in enumerate(plan.sizes_bytes) if size]
    modes = [f"room{number}" for number, index in enumerate(used) if plan.tops_bytes[index]]
    modes += [f"block{number}" for number, index in enumerate(used) if index == plan.arena_region]
    tried = {mode: play(mode) for mode in modes}
    return Verdict(
        case.name,
        options.fit or "",
        library.target,
        len(used),
        len(plan.placements),
        len(one.outputs) == INVOKES and one.outputs == split.outputs,
        len(modes),
        sum("AllocateTensors" in run.errors for run in tried.values()),
        sum(run.changed for run in (split, *tried.values())),
        () if one.outputs == split.outputs else (*one.log, *split.errors, *split.log)[:4],
    )


def main() -> None:
    """Print a line for each model, and exit with 1 if one broke a promise or none ran."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+")
    add_library(parser)
    add_fitting(parser)
    parser.add_argument("--arena", choices=["fast", "mid", "slow"], help="the memory for the arena")
    options = parser.parse_args()
    library = library_of(options)
    verdicts = list[Verdict]()
    with TemporaryDirectory() as scratch:
        folder, cases = Path(scratch), list[Case]()
        for path in options.models:
            try:
                cases.append(prepare(folder, len(cases), path, library, options))
            except ArenafitError as error:
                print(json.dumps({"model": path.stem, "skipped": str(error)}), flush=True)
        (folder / "cases.inc").write_text(table(folder, cases, library))
        file = link(library, HERE / "memories.cc", folder / "memories.elf", (folder,))
        for case in cases:
            verdicts.append(judge(Program(file, library.board), case, library, options))
            print(json.dumps(asdict(verdicts[-1])), flush=True)
    sums = {
        "target": library.target, "fit": options.fit or "", "runs": len(verdicts),
        **{name: sum(getattr(one, name) for one in verdicts) for name in ("equal", "tried", "refused", "changed")},
    }  # fmt: skip
    print(json.dumps(sums))
    broken = sums["equal"] != sums["runs"] or sums["refused"] != sums["tried"] or sums["changed"]
    sys.exit(1 if broken or not verdicts else 0)


if __name__ == "__main__":
    main()
