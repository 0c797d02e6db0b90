"""The lines a runner may print beside TFLM's own: ``[runner] KEY VALUE ...``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from arenafit.errors import RunnerError
from arenafit.runtime.types import RuntimeId, Stage, TensorDetails

_LINE = re.compile(r"\[runner\] (\S+) ?(.*)")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RunnerLog:
    """What a runner printed, parsed; each part is empty or None where it printed none."""

    log: str
    runtime: RuntimeId | None = None
    inputs: tuple[TensorDetails, ...] = ()
    outputs: tuple[TensorDetails, ...] = ()
    digests: tuple[tuple[str, ...], ...] = ()
    min_arena_bytes: int | None = None
    refusal: tuple[Stage, str] | None = None


@dataclass(slots=True)
class _Collected:
    runtime: RuntimeId | None = None
    tensors: dict[str, dict[int, TensorDetails]] = field(default_factory=lambda: {"input": {}, "output": {}})
    digests: dict[tuple[int, int], str] = field(default_factory=dict)
    min_arena_bytes: int | None = None
    refusal: tuple[Stage, str] | None = None


def parse_runner_log(log: str) -> RunnerLog:
    """Return what the ``[runner]`` lines of `log` say; other lines are left to TFLM's parser.

    Raises:
        RunnerError: for a line whose key or values are not the protocol's.
    """
    collected = _Collected()
    for number, line in enumerate(log.splitlines(), 1):
        match = _LINE.search(line)
        if match is None:
            continue
        reader = _READERS.get(match[1])
        if reader is None:
            known = ", ".join(_READERS)
            raise RunnerError(f"line {number} of the runner's output: unknown key '{match[1]}' (known: {known})")
        try:
            reader(collected, match[1], match[2].strip())
        except (ValueError, TypeError) as error:
            raise RunnerError(f"line {number} of the runner's output: '{line.strip()[:120]}': {error}") from error
    return RunnerLog(
        log,
        collected.runtime,
        _in_order(collected.tensors["input"], "input"),
        _in_order(collected.tensors["output"], "output"),
        _table(collected.digests),
        collected.min_arena_bytes,
        collected.refusal,
    )


def _read_runtime(collected: _Collected, _key: str, text: str) -> None:
    pairs = dict(word.split("=", 1) for word in text.split())
    collected.runtime = RuntimeId(
        **{name: pairs.pop(name, "unknown") for name in ("name", "version", "kernels", "abi")}
    )
    if pairs:
        raise ValueError(f"unknown {', '.join(pairs)}: the keys are name, version, kernels, abi")


def _read_tensor(collected: _Collected, key: str, text: str) -> None:
    index, dtype, shape, *name = text.split(" ", 3)
    sizes = () if shape == "scalar" else tuple(int(size) for size in shape.split("x"))
    collected.tensors[key][int(index)] = TensorDetails(name[0] if name else "", sizes, np.dtype(dtype).name)


def _read_digest(collected: _Collected, _key: str, text: str) -> None:
    invocation, output, digest = text.split(" ")
    if _SHA256.fullmatch(digest) is None:
        raise ValueError("a digest is 64 lower-case hexadecimal digits")
    collected.digests[int(invocation), int(output)] = digest


def _read_min_arena(collected: _Collected, _key: str, text: str) -> None:
    collected.min_arena_bytes = int(text)


def _read_refused(collected: _Collected, _key: str, text: str) -> None:
    stage, _, reason = text.partition(" ")
    collected.refusal = (Stage(stage), reason or "no reason was given")


_READERS = {
    "runtime": _read_runtime,
    "input": _read_tensor,
    "output": _read_tensor,
    "digest": _read_digest,
    "min_arena": _read_min_arena,
    "refused": _read_refused,
}


def _in_order(tensors: dict[int, TensorDetails], kind: str) -> tuple[TensorDetails, ...]:
    if sorted(tensors) != list(range(len(tensors))):
        raise RunnerError(f"the runner printed {kind}s {sorted(tensors)}: they count from 0 without gaps")
    return tuple(tensors[i] for i in range(len(tensors)))


def _table(digests: dict[tuple[int, int], str]) -> tuple[tuple[str, ...], ...]:
    rows = 1 + max((i for i, _ in digests), default=-1)
    columns = 1 + max((j for _, j in digests), default=-1)
    if len(digests) != rows * columns or any(i < 0 or j < 0 for i, j in digests):
        raise RunnerError("the runner's digests leave gaps: one for each output of each invocation, counted from 0")
    return tuple(tuple(digests[i, j] for j in range(columns)) for i in range(rows))
