"""Jobs for the runtime's child process that do what a runtime may do at its worst; the model's bytes say which."""

import os
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np

from arenafit.runtime.child_job import Report
from arenafit.runtime.types import Array


def preload() -> None:
    """Nothing is needed."""


def _spin(report: Report) -> None:
    report({"stage": "invoke"})
    while True:
        pass


def _tell_limits(report: Report) -> None:
    during = [_cpu_limit(report, stage) for stage in ("invoke", "inputs")]
    report({"done": True, "digests": [during], "invocations": 1, "inputs": [], "outputs": []})


def _cpu_limit(report: Report, stage: str) -> str:
    report({"stage": stage})
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    return "none" if soft == hard else "some"


_OF_CPU = {"endless": _spin, "limits": _tell_limits}


def run(job: dict[str, Any], arrays: tuple[Array, ...], report: Report) -> None:
    what = arrays[0].tobytes().decode()
    if what in _OF_CPU:
        _OF_CPU[what](report)
    else:
        _misbehave(what, job, report)


def _misbehave(what: str, job: dict[str, Any], report: Report) -> None:
    report({"stage": "allocate"})
    os.write(2, b"a cause nobody would guess\n")
    if what == "segfault":
        os.kill(os.getpid(), 11)
    if what == "abort":
        os.abort()
    if what.startswith("hang-and-tell:"):
        Path(what.partition(":")[2]).write_text(f"{os.getpid()}\n", encoding="utf-8")
        time.sleep(3600)
    if what.startswith("hang-at:"):
        os.fork()
        # Both wait for somebody who never writes.
        os.open(what.partition(":")[2], os.O_RDONLY)
    if what == "raise":
        raise RuntimeError("allocation failed")
    if what == "garble":
        os.write(1, b"\x00garbage" * 1000)
        os.write(2, b"\xff\xfe\n" * 10)
    if what == "exit-early":
        os._exit(0)
    if what == "small" and job["arena_bytes"] < 1000:
        raise RuntimeError("Failed to resize buffer")
    echo = np.arange(6, dtype=np.int16).reshape(2, 3)
    detail = {
        "name": "y",
        "shape": [2, 3],
        "dtype": "int16",
        "scales": [0.5],
        "zero_points": [0],
        "quantized_dimension": 0,
    }
    sent = [echo] if job["verb"] == "run" else []
    extra = {"digests": [[str(job.get("arena_bytes"))]], "invocations": 1, "inputs": [], "outputs": [detail]}
    report({"done": True, **extra}, sent)
