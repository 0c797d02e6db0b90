"""Runs the harness of this directory on QEMU's mps2-an386, a Cortex-M4 with floating point.

The harness is five files: board.h and board.cc (start-up, files of the host by semihosting, a count of instructions),
operators.h (the operators it knows), samples.h (inputs, a hash) and witness.cc, placed by mps2.ld. It must be linked
with a TFLM library for Cortex-M4 with CMSIS-NN, which this repository does not hold; TFLM documents how one is made.
The harness takes the compiler flags of the library. An NDEBUG library gives figures of release builds, TFLM's default
those with assertions.

QEMU counts one nanosecond of virtual time an instruction (-icount shift=0), so that instructions can be read off a
timer. Nothing says how many cycles they take.
"""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

QEMU = "qemu-system-arm"


@dataclass(frozen=True, slots=True)
class Run:
    """What a model did on the board.

    Attributes:
        arena_used_bytes: `arena_used_bytes()` after AllocateTensors, None if it failed.
        instructions: of each Invoke.
        outputs: a hash of every output, by Invoke.
        events: of the first Invoke when profiled: operator, ticks of 40 instructions at its begin and its end.
        log: what TFLM printed.
    """

    arena_used_bytes: int | None
    instructions: tuple[int, ...]
    outputs: tuple[tuple[int, ...], ...]
    events: tuple[tuple[str, int, int], ...]
    log: tuple[str, ...]


def run(
    witness: Path,
    model: Path,
    *,
    invokes: int = 6,
    arena_bytes: int = 0,
    profile: bool = False,
    timeout_seconds: float = 600,
) -> Run:
    """Return what `model` does in `invokes` Invokes of one interpreter; arena 0 is as large as there is room.

    Raises:
        subprocess.TimeoutExpired: if it takes longer than `timeout_seconds`.
        FileNotFoundError: if QEMU is not installed.
    """
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "m"  # the command line on the board is short and has no quotes
        shutil.copy(model, copy)
        words = (str(copy), str(invokes), str(arena_bytes), str(int(profile)))
        config = ",".join(("enable=on,target=native", *(f"arg={word}" for word in words)))
        command = [
            QEMU, "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", "none", "-icount", "shift=0",
            "-kernel", str(witness), "-semihosting-config", config,
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_seconds, check=False)
    return _parse((done.stdout + done.stderr).splitlines(), failed=done.returncode != 0)


def _parse(lines: Sequence[str], *, failed: bool) -> Run:
    used: int | None = None
    instructions, outputs, events, log = [], [], [], []
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
        else:
            log.append(row["error"])
    if failed and not log:
        log.append("it failed without a word")
    return Run(used, tuple(instructions), tuple(outputs), tuple(events), tuple(log))
