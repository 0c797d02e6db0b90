"""Any command can be the measurer: a board on a serial port, a simulator, another TFLM. See docs/runners.md."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from arenafit.errors import RunnerError
from arenafit.runtime.benchmark_log import parse_benchmark
from arenafit.runtime.inputs import FramedInputs, GeneratedInputs, input_sets
from arenafit.runtime.jobs import read_model
from arenafit.runtime.log import parse_recording, reason_in
from arenafit.runtime.runner_log import RunnerLog, parse_runner_log
from arenafit.runtime.types import Measurement, Outputs, Refusal, RuntimeId, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from arenafit.runtime.jobs import Inputs
    from arenafit.runtime.types import Array, ModelSource, TensorDetails

_LOG_LIMIT_BYTES = 1 << 22
# What a shell, and `env`, exit with when there is no such command or it may not be run.
_NO_COMMAND_CODES = (126, 127)


class CommandRunner:
    """Measures and runs models by a command that speaks the runner protocol.

    Args:
        command: A command line, split as a POSIX shell would but run without one. ``{model}`` becomes the path of the
            model, ``{inputs}`` and ``{outputs}`` those of the raw files of inputs and outputs.
        timeout_seconds: Time for one run of the command.
        inputs: The model's inputs, where known: they allow to generate input sets.

    Raises:
        RunnerError: if the command is empty, cannot be split or has no ``{model}``.
    """

    def __init__(
        self, command: str, *, timeout_seconds: float = 120.0, inputs: Sequence[TensorDetails] | None = None
    ) -> None:
        self._words = _split(command)
        self._timeout_seconds = timeout_seconds
        self._inputs = inputs
        self.id = RuntimeId(Path(self._words[0]).name, "unknown", "unknown", "unknown")

    def measure(
        self,
        model: ModelSource,
        *,
        inputs: Inputs | None = None,
        invocations: int = 1,
        min_arena: bool = False,  # noqa: ARG002 - a runner that knows it prints it unasked
        reset: bool = False,
        timeout_seconds: float | None = None,
    ) -> Measurement | Refusal:
        """Return what the command prints of the model, or why its runtime refused it.

        Without `inputs`, and without the details to generate any, the command gets an empty inputs file: it then
        invokes once, on inputs of its own choice.

        Raises:
            ModelFormatError: if the path cannot be read.
            RunnerError: if the command cannot be run or breaks the protocol.
        """
        if reset:
            raise RunnerError("a runner cannot be asked to reset variables between invocations: run it once for each")
        wanted = GeneratedInputs(invocations) if inputs is None else inputs
        content = read_model(model)
        with tempfile.TemporaryDirectory(prefix="arenafit-") as directory:
            answer, sets = self._execute(content, wanted, Path(directory), timeout_seconds)
            if isinstance(answer, Refusal):
                return answer
            recorded = parse_recording(answer.log) or parse_benchmark(answer.log)
            if recorded is None:
                raise RunnerError(
                    f"{self._words[0]} printed no arena: the lines '[RecordingMicroAllocator] Arena allocation "
                    f"total|head|tail N bytes' are missing (see docs/runners.md); {_last_words(answer.log)}"
                )
            digests = answer.digests or self._digests(answer, Path(directory), len(sets))
        return Measurement(
            model_sha256=hashlib.sha256(content).hexdigest(),
            runtime=answer.runtime or self.id,
            head_bytes=recorded.head_bytes,
            tail_bytes=recorded.tail_bytes,
            total_bytes=recorded.total_bytes,
            records=recorded.records,
            min_arena_bytes=answer.min_arena_bytes,
            digests=digests,
            inputs=answer.inputs,
            outputs=answer.outputs,
            log=answer.log,
        )

    def run(
        self, model: ModelSource, batches: Inputs, *, reset: bool = False, timeout_seconds: float | None = None
    ) -> Outputs | Refusal:
        """Return what the command's runtime computes for each input set, invoked one after the other.

        Raises:
            ModelFormatError: if the path cannot be read.
            RunnerError: if the command has no ``{inputs}`` and ``{outputs}``, cannot be run or breaks the protocol.
        """
        if reset:
            raise RunnerError("a runner cannot be asked to reset variables between invocations: run it once for each")
        if not self._has("{inputs}") or not self._has("{outputs}"):
            raise RunnerError("to run models the runner's command needs {inputs} and {outputs} (see docs/runners.md)")
        content = read_model(model)
        with tempfile.TemporaryDirectory(prefix="arenafit-") as directory:
            answer, sets = self._execute(content, batches, Path(directory), timeout_seconds)
            if isinstance(answer, Refusal):
                return answer
            if not answer.outputs:
                raise RunnerError(f"{self._words[0]} printed no '[runner] output' lines (see docs/runners.md)")
            outputs = _read_outputs(Path(directory) / "outputs.bin", answer.outputs, len(sets))
        sha256 = hashlib.sha256(content).hexdigest()
        return Outputs(sha256, answer.runtime or self.id, answer.inputs, answer.outputs, outputs)

    def _has(self, placeholder: str) -> bool:
        return any(placeholder in word for word in self._words)

    def _execute(
        self, content: bytes, inputs: Inputs, directory: Path, timeout_seconds: float | None
    ) -> tuple[RunnerLog | Refusal, Sequence[Sequence[Array]]]:
        sets = self._sets(inputs)
        paths = {name: directory / file for name, file in _FILES.items()}
        paths["{model}"].write_bytes(content)
        paths["{inputs}"].write_bytes(b"".join(_raw(array) for batch in sets for array in batch))
        words = [_fill(word, paths) for word in self._words]
        limit = self._timeout_seconds if timeout_seconds is None else timeout_seconds
        code, log = _run(words, limit)
        sha256 = hashlib.sha256(content).hexdigest()
        if code is None:
            reason = f"the runner was still running after {limit:g} s"
            return Refusal(sha256, self.id, Stage.TIMEOUT, reason, log), sets
        if code in _NO_COMMAND_CODES:
            raise RunnerError(f"the runner's command cannot be run: {_last_words(log)}")
        answer = parse_runner_log(log)
        if answer.refusal is not None or code != 0:
            return self._refusal(sha256, code, answer), sets
        return answer, sets

    def _sets(self, inputs: Inputs) -> Sequence[Sequence[Array]]:
        if not isinstance(inputs, GeneratedInputs):
            return list(_whole(inputs)) if isinstance(inputs, FramedInputs) else inputs
        if self._inputs is None:
            return ()
        return input_sets(self._inputs, inputs.count, inputs.seed, inputs.kinds, inputs.domains)

    def _refusal(self, sha256: str, code: int, answer: RunnerLog) -> Refusal:
        runtime = answer.runtime or self.id
        if answer.refusal is not None:
            stage, reason = answer.refusal
            return Refusal(sha256, runtime, stage, reason, answer.log)
        said = reason_in(answer.log) or "nothing was printed"
        if code < 0:
            name = (signal.strsignal(-code) or f"signal {-code}").lower()
            return Refusal(sha256, runtime, Stage.CRASH, f"{name} in the runner; last words: {said}", answer.log)
        stage = Stage.INVOKE if "failed to invoke" in answer.log else Stage.ALLOCATE
        return Refusal(sha256, runtime, stage, f"the runner exited with code {code}: {said}", answer.log)

    def _digests(self, answer: RunnerLog, directory: Path, count: int) -> tuple[tuple[str, ...], ...]:
        path = directory / "outputs.bin"
        if not answer.outputs or not path.exists():
            return ()
        batches = _read_outputs(path, answer.outputs, max(1, count))
        return tuple(tuple(hashlib.sha256(_raw(array)).hexdigest() for array in batch) for batch in batches)


_FILES = {"{model}": "model.tflite", "{inputs}": "inputs.bin", "{outputs}": "outputs.bin"}


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise RunnerError(f"the runner's command cannot be split into words ({error}): {command}") from error
    if not any("{model}" in word for word in words[1:]):
        raise RunnerError(f"the runner's command has no {{model}} among its arguments: {command!r}")
    return words


def _fill(word: str, paths: dict[str, Path]) -> str:
    for placeholder, path in paths.items():
        word = word.replace(placeholder, str(path))
    return word


def _run(words: list[str], timeout_seconds: float) -> tuple[int | None, str]:
    """Return the exit code (None after a timeout) and what was printed on both streams."""
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        except OSError as error:
            raise RunnerError(f"the runner's command cannot be run: {words[0]}: {error.strerror}") from error
        try:
            code: int | None = process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            _end(process)
        return code, _tail_of(log)


def _end(process: subprocess.Popen[bytes]) -> None:
    # The runner's own children (a simulator, a serial monitor) end with it.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _tail_of(log: IO[bytes]) -> str:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _LOG_LIMIT_BYTES))
    return log.read().decode(errors="replace").replace("\r\n", "\n")


def _last_words(log: str) -> str:
    said = reason_in(log)
    return f"it said: {said}" if said else "it said nothing"


def _raw(array: Array) -> bytes:
    little = np.asarray(array)
    return little.astype(little.dtype.newbyteorder("<"), copy=False).tobytes()


def _read_outputs(path: Path, outputs: Sequence[TensorDetails], count: int) -> tuple[tuple[Array, ...], ...]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RunnerError(f"the runner wrote no outputs file: {error.strerror}") from error
    dtypes = [np.dtype(tensor.dtype).newbyteorder("<") for tensor in outputs]
    sizes = [int(np.prod(tensor.shape)) * dtype.itemsize for tensor, dtype in zip(outputs, dtypes, strict=True)]
    if len(content) != count * sum(sizes):
        raise RunnerError(
            f"the runner's outputs file holds {len(content)} bytes; {count} invocations of the outputs it printed are "
            f"{count * sum(sizes)} bytes"
        )
    batches: list[tuple[Array, ...]] = []
    offset = 0
    for _ in range(count):
        batch: list[Array] = []
        for tensor, dtype, size in zip(outputs, dtypes, sizes, strict=True):
            flat = np.frombuffer(content[offset : offset + size], dtype)
            batch.append(flat.astype(tensor.dtype, copy=False).reshape(tensor.shape))
            offset += size
        batches.append(tuple(batch))
    return tuple(batches)


def _whole(calls: FramedInputs) -> Iterator[tuple[Array, ...]]:
    """Yield the sets, what is not written again within a frame as it was written before: the file has no gaps."""
    known: tuple[Array, ...] = ()
    for call in calls:
        known = tuple(new if new.size else old for new, old in zip(call, known or call, strict=True))
        yield known
