"""Links programs of this directory with TFLM and runs them on a board that QEMU emulates: see README.md.

The boards are mps2-an386, a Cortex-M4 with floating point, and mps3-an547, a Cortex-M55. QEMU counts one nanosecond of
virtual time an instruction (-icount shift=0), so that instructions can be read off a timer. Nothing says how many
cycles they take.
"""

import argparse
import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from arenafit.targets.choice import choose
from arenafit.targets.target import Target

HERE = Path(__file__).parent
QEMU = "qemu-system-arm"
COMPILER = "arm-none-eabi-g++"
# Where TFLM's own Makefile puts what TFLM includes.
DOWNLOADS = "tensorflow/lite/micro/tools/make/downloads"
INCLUDED = ("", f"{DOWNLOADS}/flatbuffers/include", f"{DOWNLOADS}/gemmlowp", f"{DOWNLOADS}/ruy")


@dataclass(frozen=True, slots=True)
class Board:
    """An emulated board.

    Attributes:
        machine: QEMU's name.
        script: the linker script of this directory.
        flags: of the compiler, as TFLM's Makefile gives them for the processor.
        bases: addresses of three memories far apart.
    """

    machine: str
    script: str
    flags: tuple[str, ...]
    bases: Mapping[str, int]


FLOATING = ("-mfpu=auto", "-mfloat-abi=hard", "-mthumb", "-funsigned-char")
M4 = Board(
    "mps2-an386",
    "mps2.ld",
    ("-mcpu=cortex-m4", *FLOATING),
    {"fast": 0x20200000, "mid": 0x00300000, "slow": 0x21A00000},  # SSRAM2, SSRAM1, PSRAM
)
M55 = Board(
    "mps3-an547",
    "mps3.ld",
    ("-mcpu=cortex-m55", *FLOATING),
    {"fast": 0x20040000, "mid": 0x21010000, "slow": 0x90A00000},  # DTCM, SRAM, SDRAM
)
BOARDS = {"cortex-m4": M4, "cortex-m4-reference": M4, "cortex-m55": M55}


@dataclass(frozen=True, slots=True)
class Library:
    """TFLM as built for a target.

    Attributes:
        archive: libtensorflow-microlite.a.
        tflm: the folder of TFLM's sources, with what its Makefile downloads.
        target: whose kernels it has.
        flags: of the compiler besides those of the board.
    """

    archive: Path
    tflm: Path
    target: str
    flags: tuple[str, ...] = ()

    @property
    def board(self) -> Board:
        """The board it runs on."""
        return BOARDS[self.target]

    def choose(self) -> Target:
        """Return the target that arenafit predicts for."""
        return choose(self.target, None, None)[0]


def add_library(parser: argparse.ArgumentParser) -> None:
    """Let the command line say which TFLM a program is linked with."""
    parser.add_argument("--library", dest="archive", type=Path, required=True, help="libtensorflow-microlite.a")
    parser.add_argument("--tflm", type=Path, required=True, help="folder of TFLM's sources it was made in")
    parser.add_argument("--target", choices=sorted(BOARDS), default="cortex-m4", help="whose kernels the library has")
    parser.add_argument("--flags", default="-DNDEBUG", help="the compiler's, as for the library; -DNDEBUG for release")


def library_of(arguments: argparse.Namespace) -> Library:
    """Return the library that the command line names."""
    return Library(arguments.archive, arguments.tflm, arguments.target, tuple(shlex.split(arguments.flags)))


def link(library: Library, main: Path, program: Path, include: Sequence[Path] = ()) -> Path:
    """Compile `main` with the board's start-up, link it with the library, return `program`.

    Raises:
        SystemExit: if it does not compile or link, with what the compiler says.
        FileNotFoundError: if there is no compiler.
    """
    words = [
        COMPILER, *library.board.flags, *library.flags, "-std=c++17", "-Os", "-fno-rtti", "-fno-exceptions",
        "-fno-threadsafe-statics", "-ffunction-sections", "-fdata-sections", "-DTF_LITE_STATIC_MEMORY",
        *(f"-I{library.tflm / folder}" for folder in INCLUDED), *(f"-I{folder}" for folder in (*include, HERE)),
        str(main), str(HERE / "board.cc"), str(library.archive), "-nostartfiles", "-T",
        str(HERE / library.board.script), "-Wl,--gc-sections", "-lm", "-o", str(program),
    ]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"it does not compile or link:\n{done.stderr}")
    return program


@dataclass(frozen=True, slots=True)
class Run:
    """What a model did on the board.

    Attributes:
        arena_used_bytes: `arena_used_bytes()` after AllocateTensors, None if it failed.
        instructions: of each Invoke.
        outputs: a hash of every output, by Invoke.
        events: of the first Invoke when profiled: operator, instructions at its begin and its end.
        made: what the outputs held, an Invoke after the other, if inputs were given.
        changed: bytes written around memories that were filled with a pattern.
        errors: what failed, as the program says it.
        log: what else was printed, TFLM's messages.
    """

    arena_used_bytes: int | None = None
    instructions: tuple[int, ...] = ()
    outputs: tuple[tuple[int, ...], ...] = ()
    events: tuple[tuple[str, int, int], ...] = ()
    made: bytes = b""
    changed: int = 0
    errors: tuple[str, ...] = ()
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """A linked program and the board it runs on."""

    file: Path
    board: Board

    def run(self, model: Path, *words: object, given: bytes | None = None, timeout_seconds: float = 900) -> Run:
        """Return what the program does with `model`; `words` follow it on the command line.

        Behind them stand files with the inputs that are given, if any, and for the outputs.

        Raises:
            subprocess.TimeoutExpired: if it takes longer than `timeout_seconds`.
            FileNotFoundError: if QEMU is not installed.
        """
        with TemporaryDirectory() as scratch:
            copy = Path(scratch) / "m"  # the command line on the board is short and has no quotes
            shutil.copy(model, copy)
            files = () if given is None else (Path(scratch) / "i", Path(scratch) / "o")
            if given is not None:
                files[0].write_bytes(given)
            config = ",".join(("enable=on,target=native", *(f"arg={word}" for word in (copy, *words, *files))))
            command = [
                QEMU, "-M", self.board.machine, "-nographic", "-monitor", "none", "-serial", "none", "-icount",
                "shift=0", "-kernel", str(self.file), "-semihosting-config", config,
            ]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds, check=False)
            made = files[1].read_bytes() if files and files[1].exists() else b""
        found = _parse((done.stdout + done.stderr).splitlines(), failed=done.returncode != 0)
        return replace(found, made=made)


@contextmanager
def linked_witness(library: Library) -> Iterator[Program]:
    """Hand over witness.cc, linked with the library."""
    with TemporaryDirectory() as scratch:
        yield Program(link(library, HERE / "witness.cc", Path(scratch) / "witness.elf"), library.board)


@dataclass(frozen=True, slots=True)
class Setting:
    """How the witness runs a model.

    Attributes:
        invokes: of one interpreter.
        arena_bytes: of the arena; 0 is as large as there is room.
        variables: how many resource variables the model has.
        profile: whether to time the operators of the first Invoke.
    """

    invokes: int = 6
    arena_bytes: int = 0
    variables: int = 0
    profile: bool = False


def run(witness: Program, model: Path, setting: Setting = Setting(), given: bytes | None = None) -> Run:
    """Return what `model` does in witness.cc; `given` holds the inputs of each Invoke, drawn at random if None."""
    words = (setting.invokes, setting.arena_bytes, int(setting.profile), setting.variables)
    return witness.run(model, *words, given=given)


def _parse(lines: Sequence[str], *, failed: bool) -> Run:
    used: int | None = None
    changed = 0
    instructions, outputs, events, errors, log = [], [], [], [], []
    for line in lines:
        if not line.startswith("{"):
            log += [line] if line.strip() else []
            continue
        row = json.loads(line)
        if "invoke" in row:
            instructions.append(row["instructions"])
            outputs.append(tuple(row["outputs"]))
        elif "op" in row:
            events.append((row["op"], row["begin"], row["end"]))
        elif "arena_used" in row:
            used = row["arena_used"]
        elif "changed" in row:
            changed += row["changed"]
        else:
            errors.append(row["error"])
    if failed and not errors:
        errors.append("it failed without a word")
    return Run(used, tuple(instructions), tuple(outputs), tuple(events), b"", changed, tuple(errors), tuple(log))
