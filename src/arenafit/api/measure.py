"""`arenafit.measure_model`, `arenafit.compare_model`: what the real TFLM says of a model, beside the prediction."""

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.accuracy.binding import load_inputs
from arenafit.api._wheels import other_wheel
from arenafit.api.arguments import takes_models
from arenafit.errors import ConfigError, DataError, RunnerError, TargetError, UnsupportedModelError, naming
from arenafit.fit.diagnosis import explained
from arenafit.fit.feeding.frames import FRAMES_VERIFIED, Frames, frames_of
from arenafit.fit.verdict import Verdict
from arenafit.fit.verification_inputs import domains, frames_to_compare
from arenafit.fit.verifiers import verifier
from arenafit.ir import Editor, Model
from arenafit.report.documents.answers.contract import contract_of
from arenafit.rewrites.protocol import Claim
from arenafit.runtime import GeneratedInputs, Measurement, Refusal, RuntimeId
from arenafit.runtime.jobs import Inputs
from arenafit.runtime.runner import CommandRunner
from arenafit.runtime.tflm import TflmRuntime
from arenafit.runtime.wasm32 import Wasm32Runtime
from arenafit.targets.choice import TARGETS, find_target
from arenafit.targets.releases import wheel_target
from arenafit.targets.target import Target
from arenafit.tflite import read_bytes, read_file
from arenafit.tflm import footprint
from arenafit.tflm.comparison import Comparison, compare
from arenafit.tflm.liveness import lifetimes

StrPath: TypeAlias = str | PathLike[str]


WASM32 = "wasm32"
DEFAULT_TIMEOUT_SECONDS = 60.0
_LONGEST_TIMEOUT_SECONDS = 31_536_000  # a year; the system's clocks take no timeout without end


@takes_models
def measure_model(
    path: StrPath,
    *,
    min_arena: bool = False,
    runner: str | None = None,
    timeout_seconds: float | None = None,
    tflm: str | None = None,
    data: str | None = None,
) -> Measurement | Refusal:
    """Return what the real TFLM says of the model at `path`: a measurement, or why it refused the model.

    Args:
        path: a ``.tflite`` file.
        min_arena: look for the smallest arena that works, too.
        runner: a command that measures instead of the tflite-micro wheel; ``{model}`` in it stands for the path.
            ``wasm32`` is TFLM compiled to wasm32, which invokes once on inputs of its own (extra ``wasm``).
        timeout_seconds: time for the whole job, 60 by default. Unless it is named, a model whose graphs are entered so
            often that TFLM's planner cannot count them is refused before it is run.
        tflm: another release of TFLM than the installed wheel's: a month (``2024-06``), ``oldest``, or what carries
            TFLM (``arduino``, ``esp-tflite-micro@1.3``, ...). The newest wheel that is not younger runs the model; it
            is downloaded on first use.
        data: samples of the inputs to run it on, as for `fit_model`; by default one random input set of what its
            operators accept.

    Raises:
        ModelFormatError: if the file is no readable model.
        DataError: if `data` is none, or does not fit the inputs.
        UnsupportedModelError: if the wheel would plan the model for longer than anyone waits.
        RuntimeUnavailableError: if the wheel is not installed and cannot be.
        RunnerError: if the runner breaks its protocol.
        TargetError: if `tflm` is no release that is known, or both it and a runner are named.
        ConfigError: if the time is none.
    """
    patient = timeout_seconds is not None
    timeout_seconds = DEFAULT_TIMEOUT_SECONDS if timeout_seconds is None else timeout_seconds
    if not 0.0 < timeout_seconds <= _LONGEST_TIMEOUT_SECONDS:
        raise ConfigError(f"{timeout_seconds:g} s is no timeout: write seconds, at most {_LONGEST_TIMEOUT_SECONDS:,}")
    if runner == WASM32 and data is not None:
        raise DataError("TFLM in wasm32 invokes on inputs of its own: leave --data out, or name another runner")
    file = Path(path)
    content = read_file(file)
    inputs = _measured_on(content, file, data)
    if runner is not None and tflm is not None:
        raise TargetError("a runner is built with its own TFLM: name one of --runner and --tflm")
    if runner == WASM32:
        return Wasm32Runtime().measure(content, timeout_seconds=timeout_seconds)
    if runner is None and not patient:
        _must_be_plannable(content, file)
    runtime = TflmRuntime(wheel=other_wheel(tflm)) if runner is None else CommandRunner(runner)
    return runtime.measure(content, inputs=inputs, min_arena=min_arena, timeout_seconds=timeout_seconds)


@takes_models
@explained
def compare_model(path: StrPath, measurement: Measurement, *, target: str | None = None) -> Comparison:
    """Return the prediction for the model at `path` beside a measurement of it.

    Args:
        path: the ``.tflite`` file that was measured.
        measurement: what `measure_model` returned.
        target: what the measurement was made on; by default what the runtime says it is.

    Raises:
        RunnerError: if the runtime does not say which kernels and ABI it has, and no target is named.
        UnsupportedModelError: if the model cannot be predicted exactly.
    """
    file = Path(path)
    model = read_bytes(read_file(file), str(file))
    chosen = _measured_target(measurement.runtime) if target is None else find_target(target)
    try:
        return compare(footprint(model, chosen), measurement)
    except UnsupportedModelError as error:
        raise naming(file, error) from None


def _must_be_plannable(content: bytes, file: Path) -> None:
    try:
        model = read_bytes(content, str(file))
    except UnsupportedModelError:
        return
    try:
        lifetimes(model)
    except UnsupportedModelError as error:
        raise naming(file, error) from None


def _measured_on(content: bytes, file: Path, data: str | None) -> Inputs:
    # A damaged file is told from one that TFLM merely refuses; what only arenafit does not know, TFLM may still run.
    try:
        model = read_bytes(content, str(file))
    except UnsupportedModelError:
        return GeneratedInputs()
    fed = frames_of(model)
    if fed is not None:
        return fed.calls(fed.drawn(1)) if data is None else fed.calls(load_inputs(data, _as_whole(model, fed)))
    return GeneratedInputs(domains=domains(model)) if data is None else load_inputs(data, model)


def fed_contract(path: StrPath) -> str:
    """Return in a sentence how the model at `path` is fed by rows; empty if it takes whole inputs, or is unknown."""
    try:
        return contract_of(read_bytes(read_file(Path(path)), str(path)))
    except UnsupportedModelError:
        return ""


def _as_whole(model: Model, fed: Frames) -> Model:
    """Return the model with the input that is fed as a whole frame has it, for data to be bound to."""
    port = model.main.tensor(model.main.inputs[fed.feed.position])
    editor = Editor(model)
    editor.update_tensor(replace(port, shape=fed.feed.frame_shape))
    return editor.build()


@takes_models
@explained
def replay_rows(path: StrPath, original: StrPath) -> Verdict:
    """Return whether the model at `path`, fed by rows, computes what `original` does of whole inputs, frame by frame.

    Args:
        path: a ``.tflite`` file that `fit` wrote with ``--feed rows``.
        original: the model it was made of.

    Raises:
        ConfigError: if the model takes whole inputs.
        ModelFormatError: if a file is no readable model.
        UnsupportedModelError: if TFLM refuses the original.
    """
    file, whole = Path(path), Path(original)
    content, before = read_file(file), read_file(whole)
    fed, model = frames_of(read_bytes(content, str(file))), read_bytes(before, str(whole))
    if fed is None:
        raise ConfigError(f"{file}: takes whole inputs: --original is for models that are fed by rows")
    with verifier(model=model) as judge:
        drawn = frames_to_compare(model, FRAMES_VERIFIED)
        return judge.verify(before, content, drawn, claim=Claim.BIT_EXACT, desktop=False, fed=fed)


def _measured_target(runtime: RuntimeId) -> Target:
    if runtime.name == "tflite-micro":
        return wheel_target(runtime.version)
    for target in TARGETS:
        if (target.abi.value, target.kernels.name) == (runtime.abi, runtime.kernels):
            return target
    raise RunnerError(
        f"{runtime.name} has {runtime.kernels} kernels and ABI {runtime.abi}, for which there is no target:"
        " name the one it was built for with --target"
    )
