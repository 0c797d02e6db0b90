"""Holds exported planners to account: models over disjoint memories of the emulated board, on TFLM as it is.

For each model: its outputs in one arena and over three memories must be equal; 16 bytes less in any memory must be
refused in AllocateTensors; nothing around the memories may be written. One JSON line a model.

    python memories.py --library libtensorflow-microlite.a --flags "-mcpu=cortex-m4 ..." [--fit tflm] MODEL ...

The library is TFLM's for this processor, which this repository does not hold; `--flags` are the compiler's, with an
`-I` for TFLM and for each of what it includes, as the library was made.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from board import QEMU

from arenafit import export_model
from arenafit.errors import ArenafitError
from arenafit.fit import Settings
from arenafit.fit.search.driver import Search
from arenafit.memories import MemoryPlan, SpreadOptions, spread_over
from arenafit.rewrites.protocol import Validity
from arenafit.targets.choice import choose
from arenafit.targets.memories import read_memories
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm import footprint

HERE = Path(__file__).parent
COMPILER = "arm-none-eabi-g++"
# Where the memories lie on mps2-an386, far apart: SSRAM2, SSRAM1, PSRAM.
BASES = {"fast": 0x20200000, "mid": 0x00300000, "slow": 0x21A00000}
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


def prepare(folder: Path, number: int, path: Path, options: argparse.Namespace) -> Case:
    """Fit the model if that is asked for, plan and export it."""
    target, _ = choose(options.target, None, None)
    model = read_model(path)
    if options.fit:
        settings = Settings(target=target, effort="fast", validity=Validity(options.fit))
        model = Search(model, settings, lambda _: None).run()[0].priced.model
    file = folder / f"m{number}"
    file.write_bytes(write_bytes(model))
    found = footprint(model, target)
    memories = memories_for(found.head_bytes)
    plan = spread_over(model, found, read_memories(memories), SpreadOptions(arena=options.arena))
    made = folder / f"planned{number}"
    export_model(
        file, made, name=made.name, margin_bytes=0, target=options.target, memories=memories, arena=options.arena
    )
    source = (made / "arena_planner.cc").read_text()
    source = re.sub(r"constexpr (std::size_t k(?:Room|Block)Bytes\[)", r"\1", source)
    (made / "planned.inc").write_text(source)
    return Case(path.stem, file, plan)


def table(folder: Path, cases: Sequence[Case]) -> str:
    """Return what the program knows of all cases, as C++."""
    lines, rows = [], []
    for number, case in enumerate(cases):
        name = f"planned{number}"
        fields = re.findall(r"std::uint8_t\* (\w+)_memory;", (folder / name / "arena_planner.h").read_text())
        blocks = ", ".join(
            f'{{"{field}", reinterpret_cast<std::uint8_t*>(0x{BASES[field] + GUARD_BYTES:x}u),'
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


def build(folder: Path, cases: Sequence[Case], options: argparse.Namespace) -> Path:
    """Compile the harness with what was exported into `folder`; return the program."""
    (folder / "cases.inc").write_text(table(folder, cases))
    program = folder / "memories.elf"
    words = [
        COMPILER, *shlex.split(options.flags), "-std=c++17", "-Os", "-fno-rtti", "-fno-exceptions",
        "-fno-threadsafe-statics", "-ffunction-sections", "-DTF_LITE_STATIC_MEMORY", f"-I{folder}", f"-I{HERE}",
        str(HERE / "memories.cc"), str(HERE / "board.cc"), options.tflm_archive, "-nostartfiles", "-T",
        str(HERE / "mps2.ld"), "-Wl,--gc-sections", "-lm", "-o", str(program),
    ]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True, text=True)
    return program


def play(program: Path, model: Path, mode: str) -> tuple[list[dict[str, object]], list[str]]:
    """Return the JSON lines of a run, and what TFLM logged."""
    number = model.name[1:]
    config = f"enable=on,target=native,arg={model},arg={INVOKES},arg={mode},arg={number}"
    command = [
        QEMU, "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none", "-icount", "shift=0",
        "-kernel", str(program), "-semihosting-config", config,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    lines = (done.stdout + done.stderr).splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")], [
        line for line in lines if line.strip() and not line.startswith("{")
    ]


def judge(program: Path, case: Case, options: argparse.Namespace) -> Verdict:
    """Run a model in every mode."""
    plan, file = case.plan, case.file
    one, _ = play(program, file, "one")
    split, log = play(program, file, "split")
    outputs = [[row["outputs"] for row in rows if "outputs" in row] for rows in (one, split)]
    used = [index for index, size in enumerate(plan.sizes_bytes) if size]
    modes = [f"room{number}" for number, index in enumerate(used) if plan.tops_bytes[index]]
    modes += [f"block{number}" for number, index in enumerate(used) if index == plan.arena_region]
    tried = {mode: play(program, file, mode)[0] for mode in modes}
    changed = sum(int(str(row["changed"])) for rows in (split, *tried.values()) for row in rows if "changed" in row)
    return Verdict(
        case.name,
        options.fit or "",
        options.target,
        len(used),
        len(plan.placements),
        len(outputs[0]) == INVOKES and outputs[0] == outputs[1],
        len(modes),
        sum({"error": "AllocateTensors"} in rows for rows in tried.values()),
        changed,
        tuple(log[:4]),
    )


def main() -> None:
    """Print a line for each model, and exit with 1 if one broke a promise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--library", dest="tflm_archive", required=True)
    parser.add_argument("--flags", required=True)
    parser.add_argument("--target", default="cortex-m4")
    parser.add_argument("--fit", choices=[one.value for one in Validity])
    parser.add_argument("--arena", choices=sorted(BASES))
    options = parser.parse_args()
    broken = 0
    with TemporaryDirectory() as scratch:
        folder, cases = Path(scratch), list[Case]()
        for path in options.models:
            try:
                cases.append(prepare(folder, len(cases), path, options))
            except ArenafitError as error:
                print(json.dumps({"model": path.stem, "skipped": str(error)}), flush=True)
        try:
            program = build(folder, cases, options)
        except subprocess.CalledProcessError as error:
            sys.exit(f"it does not compile or link:\n{error.stderr}")
        for case in cases:
            verdict = judge(program, case, options)
            print(json.dumps(asdict(verdict)), flush=True)
            broken += not verdict.equal or verdict.refused != verdict.tried or verdict.changed != 0
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
