"""Runs verbs of the command line over mutated models in this process, and says how each ended and what is wrong."""

import io
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import typer
import typer.main

from arenafit.cli import build_app
from arenafit.errors import ArenafitError, VerificationError
from arenafit.ir import Model
from arenafit.tflite import read_bytes, write_bytes
from support.hostile import dequantised_constant, huge_pool, nested_ifs
from support.mutations import flipped, mutated
from support.small_models import SMALL_MODELS

# These compare what they write with the model they were given: that it differs is a defect, whatever the model is.
VERIFYING = ("fit", "plan")
VERBS = ("inspect", "export", "check", "report")
LONGEST_CPU_SECONDS = 20.0
MOST_MIB = 1024
# Larger samples would be the memory that is looked at.
_MOST_SAMPLE_BYTES = 8 << 20
_FORMATS = ("text", "junit", "github", "markdown", "json")
# docs/exit-codes.md, but for 70: that is what is looked for.
DOCUMENTED = frozenset({*range(17), 130, 141})

Files = Mapping[str, Callable[[], bytes]]
_MADE: Mapping[str, Callable[[], Model]] = {
    **SMALL_MODELS,
    "nested_ifs": lambda: nested_ifs(12),
    "huge_pool": huge_pool,
    "dequantised_constant": lambda: dequantised_constant(1000),
}


def _written(make: Callable[[], Model]) -> bytes:
    return write_bytes(make())


# What is damaged, by name: without a corpus the models that the tests make.
SMALL_FILES: Files = {name: partial(_written, make) for name, make in _MADE.items()}


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, the CPU it and its children took, and what is wrong with it, if anything."""

    code: int
    cpu_seconds: float
    wrong: tuple[str, ...] = ()


def files_in(folder: Path, most_bytes: int) -> Files:
    """Return the models of a folder up to a size, by name."""
    found = sorted(path for path in folder.rglob("*.tflite") if path.stat().st_size <= most_bytes)
    return {path.stem: path.read_bytes for path in found}


def mutant(seed: int, files: Files) -> tuple[str, bytes]:
    """Return the name of a file and the bytes of a damaged copy; two thirds are changed as structures.

    The same seed and files give the same bytes.
    """
    names = sorted(files)
    name = names[seed % len(names)]
    data = files[name]()
    if seed // len(names) % 3 != 2:  # the third of three
        # What is no model to begin with, and what the writer itself refuses: bytes are flipped instead.
        with suppress(Exception):
            return name, write_bytes(mutated(read_bytes(data), seed))
    return name, flipped(data, seed)


def arguments(verb: str, seed: int, places: Mapping[str, Path]) -> list[str]:
    """Return a command line: what a verb needs, its outputs in the folder `out`; options differ from seed to seed."""
    out = places["out"]
    form = _FORMATS[seed % len(_FORMATS)]
    lines: Mapping[str, list[str]] = {
        "inspect": ["{model}", *(["--json"] if seed % 2 else ["--all", "--plan"])],
        "export": ["{model}", "-o", "{out}/firmware", *(["--estimate"] if seed % 2 else [])],
        "check": ["{model}", "--arena", "64K", "--format", form],
        "report": ["{model}", "-o", "{out}/page.html", "--effort", "1"],
        "fit": ["{model}", "-o", "{out}/model.tflite", "--effort", "1", "--inputs", "2"],
        "plan": ["{model}", "-o", "{out}/model.tflite", "--csv", "{out}/plan.csv", *(["--ascii"] if seed % 2 else [])],
        "diff": ["{original}", "{model}", "--all", "--format", ("text", "markdown", "json")[seed % 3]],
        "overlay": ["{model}", "--to", ("perfetto", "model-explorer")[seed % 2], "-o", "{out}/overlay.json"],
        "quantize": ["{model}", "--data", "{samples}", "-o", "{out}/model.tflite", "--only"],
        "whatif": ["{model}", *(["--as", "int8"], [], ["--apply", "1", "-o", "{out}/model.tflite"])[seed % 3]],
        "repair": ["{model}", "-o", "{out}/model.tflite"],
        "prune": ["{model}", "--data", "synthetic", "-o", "{out}/model.tflite", "--force"],
        "measure": ["{model}", "--compare", "--timeout", "10"],
        "explain": ["--model", "{model}", "--file", "{log}", "--effort", "1"],
    }
    return [verb, *(part.format(**{**places, "out": out}) for part in lines[verb])]


def run(verb: str, seed: int, data: bytes, original: bytes, *, folder: Path) -> Ended:
    """Run a verb over the file `data` in `folder`, of which nothing is left but what the next run writes over."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    places = {
        "model": "model.tflite",
        "original": "original.tflite",
        "samples": "samples.npz",
        "out": "out",
        "log": "log",
    }
    paths = {part: work / name for part, name in places.items()}
    paths["out"].mkdir(parents=True)
    paths["model"].write_bytes(data)
    if verb == "diff":
        paths["original"].write_bytes(original)
    if verb == "quantize":
        samples: dict[str, Any] = _samples(original)
        np.savez(paths["samples"], **samples)
    if verb == "explain":
        paths["log"].write_text("Failed to resize buffer. Requested: 3000, available 1000, missing: 2000\n")
    with _temporary_files(work / "tmp"):
        ended = invoked(arguments(verb, seed, paths))
    wrong = list(ended.wrong)
    if paths["model"].read_bytes() != data:
        wrong.append("the model was written over")
    left = [*(work / "tmp").iterdir(), *work.rglob("*.part")]
    if ended.code not in {0, 2, 7, 11, 15, 16}:
        left += paths["out"].iterdir()
    return Ended(ended.code, ended.cpu_seconds, (*wrong, *(f"left behind: {path.name}" for path in left)))


def _samples(data: bytes) -> dict[str, np.ndarray]:
    """Return four random samples for each input of a model."""
    random = np.random.default_rng(1)
    try:
        graph = read_bytes(data).graphs[0]
    except ArenafitError:
        return {"x": np.zeros((4, 1), np.float32)}
    tensors = [graph.by_id[key] for key in graph.inputs]
    if sum(tensor.size_bytes for tensor in tensors) > _MOST_SAMPLE_BYTES:
        return {"x": np.zeros((4, 1), np.float32)}
    return {
        tensor.name.replace("/", "_"): random.uniform(-1, 1, (4, *tensor.shape[1:])).astype(np.float32)
        for tensor in tensors
    }


def invoked(command: list[str]) -> Ended:
    """Run a command line in this process, and judge its exit code, what it printed and its CPU."""
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2)]
    kept = sys.stdout, sys.stderr
    began = _cpu_seconds()
    code, wrong = 0, list[str]()
    with _alarm(LONGEST_CPU_SECONDS) as rang, warnings.catch_warnings():
        warnings.simplefilter("always")
        sys.stdout, sys.stderr = streams
        try:
            _parsed(tuple(command))()
        except typer.Exit as end:
            code = end.exit_code
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        except BaseException as error:  # noqa: BLE001  # what is looked for, whatever it is
            code = -1
            wrong.append(f"{type(error).__name__} passed: {error}")
        finally:
            sys.stdout, sys.stderr = kept
    spent = _cpu_seconds() - began
    out, err = (_text(stream) for stream in streams)
    if rang or spent > LONGEST_CPU_SECONDS:
        wrong.append(f"slow: {spent:.1f} s of CPU")
    elif code not in DOCUMENTED or (command[0] in VERIFYING and code == VerificationError.exit_code):
        wrong.append(f"exit {code}: {err.strip()}")
    if code not in {0, 7, 11, 15, 16} and sum(line.startswith("arenafit: ") for line in err.split("\n")) != 1:
        wrong.append(f"not one line: {err!r}")
    for text in (out, err):
        if "Traceback (" in text or "Warning: " in text:
            wrong.append(f"no message of ours: {text.strip()[-300:]!r}")
        if not all(line.isprintable() for line in text.split("\n")):
            wrong.append("a control character was printed")
    return Ended(code, spent, tuple(wrong))


@cache
def _parsed(command: tuple[str, ...]) -> Callable[[], object]:
    """Return a command line that can be run again without being parsed again, which takes longer than most runs."""
    verb, *rest = command
    app: Any = typer.main.get_command(build_app())
    parser = app.get_command(None, verb)
    context = parser.make_context(verb, rest)
    return lambda: parser.invoke(context)


def peak_mib() -> float:
    """Return the most memory that this process, or one of its children, has held."""
    return max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024


def _text(stream: io.TextIOWrapper) -> str:
    with suppress(ValueError):
        stream.flush()
        written = stream.buffer
        assert isinstance(written, io.BytesIO)
        return written.getvalue().decode("utf-8", "replace")
    return ""


def _cpu_seconds() -> float:
    return sum(os.times()[:4])


class _TooLong(BaseException):
    """Raised in the middle of a run by the alarm."""


@contextmanager
def _alarm(seconds: float) -> Iterator[list[float]]:
    """Raise `_TooLong` once this process has spent so much CPU; yields a list that is then no longer empty."""
    rang: list[float] = []

    def ring(number: int, frame: FrameType | None) -> None:
        rang.append(time.process_time())
        raise _TooLong

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield rang
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def _temporary_files(folder: Path) -> Iterator[None]:
    """Let temporary files be made in `folder`, so that those left behind are seen."""
    folder.mkdir()
    kept, variable = tempfile.tempdir, os.environ.get("TMPDIR")
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = kept
        if variable is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = variable
