"""The functions behind the command line, for use from Python; the package re-exports them.

Each takes paths and names as the command line does, and returns data; nothing is printed.
"""

from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.accuracy.binding import load_inputs
from arenafit.api_arguments import choice, share, size, takes_models
from arenafit.errors import ConfigError, OutputError, RunnerError, TargetError, UnsupportedModelError, naming
from arenafit.fit import FitResult, Progress, Settings, fit_bytes
from arenafit.fit.diagnosis import explained
from arenafit.fit.drawing import VERIFIED_INPUTS, domains
from arenafit.fit.parts import predicted_parts
from arenafit.fit.search.candidates import core
from arenafit.fit.settings import Exact, Loops, LoopSupport
from arenafit.outputs import check_outputs, is_stdout, save_bytes
from arenafit.quantize.io import strip_io
from arenafit.report.documents.answers.answer import Budget
from arenafit.report.documents.answers.fit import fit_answer
from arenafit.report.documents.fit import FitDocument, fit_document
from arenafit.rewrites.protocol import Validity
from arenafit.runtime import GeneratedInputs, Measurement, Refusal, RuntimeId
from arenafit.runtime.jobs import Inputs
from arenafit.runtime.runner import CommandRunner
from arenafit.runtime.tflm import OtherWheel, TflmRuntime
from arenafit.runtime.types import Array
from arenafit.targets.boards import board_file
from arenafit.targets.choice import TARGETS, choose, find_target
from arenafit.targets.releases import find_release, wheel_target
from arenafit.targets.target import Target
from arenafit.tflite import read_bytes, read_file, with_associated_files, write_bytes
from arenafit.tflm import footprint
from arenafit.tflm.comparison import Comparison, compare
from arenafit.units import format_size
from arenafit.validity.release import demand_release

StrPath: TypeAlias = str | PathLike[str]

_LONGEST_TIMEOUT_SECONDS = 31_536_000  # a year; the system's clocks take no timeout without end


@takes_models
def measure_model(
    path: StrPath,
    *,
    min_arena: bool = False,
    runner: str | None = None,
    timeout_seconds: float = 60.0,
    tflm: str | None = None,
    data: str | None = None,
) -> Measurement | Refusal:
    """Return what the real TFLM says of the model at `path`: a measurement, or why it refused the model.

    Args:
        path: a ``.tflite`` file.
        min_arena: look for the smallest arena that works, too.
        runner: a command that measures instead of the tflite-micro wheel; ``{model}`` in it stands for the path.
        timeout_seconds: time for the whole job.
        tflm: another release of TFLM than the installed wheel's: a month (``2024-06``), ``oldest``, or what carries
            TFLM (``arduino``, ``esp-tflite-micro@1.3``, ...). The newest wheel that is not younger runs the model; it
            is downloaded on first use.
        data: samples of the inputs to run it on, as for `fit_model`; by default one random input set of what its
            operators accept.

    Raises:
        ModelFormatError: if the file is no readable model.
        DataError: if `data` is none, or does not fit the inputs.
        RuntimeUnavailableError: if the wheel is not installed and cannot be.
        RunnerError: if the runner breaks its protocol.
        TargetError: if `tflm` is no release that is known, or both it and a runner are named.
        ConfigError: if the time is none.
    """
    if not 0.0 < timeout_seconds <= _LONGEST_TIMEOUT_SECONDS:
        raise ConfigError(f"{timeout_seconds:g} s is no timeout: write seconds, at most {_LONGEST_TIMEOUT_SECONDS:,}")
    file = Path(path)
    content = read_file(file)
    inputs = _measured_on(content, file, data)
    if runner is not None and tflm is not None:
        raise TargetError("a runner is built with its own TFLM: name one of --runner and --tflm")
    runtime = TflmRuntime(wheel=_wheel(tflm)) if runner is None else CommandRunner(runner)
    return runtime.measure(content, inputs=inputs, min_arena=min_arena, timeout_seconds=timeout_seconds)


@takes_models
@explained
def fit_model(
    path: StrPath,
    output: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    only_kernels: bool = False,
    ram: int | str | None = None,
    ram_bytes: int | None = None,
    smallest: bool = False,
    max_slowdown: float | str | None = None,
    validity: Validity | str = Validity.TFLITE,
    effort: str | int = "default",
    seconds: float | None = None,
    seed: int = 0,
    keep_inputs: bool = False,
    inputs: int = VERIFIED_INPUTS,
    tflm: str | None = None,
    loops: Loops | str = Loops.AUTO,
    integer_io: bool = False,
    pareto: StrPath | None = None,
    exact: Exact | str = Exact.FINITE,
    data: str | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> FitDocument:
    """Rewrite the model at `path` so that stock TFLM needs less arena, verify it, and write it to `output`.

    A candidate that failed verification is written beside the output, as ``NAME.defect-1.tflite`` and so on.

    Args:
        path: a ``.tflite`` file, its content, or a converter; a file is never written to.
        output: the file to write.
        target: what to price for; by default ``cortex-m4``. The wheel measures and proves.
        board: a board instead of a target; its memory is the arena to fit into, unless something else is asked for.
        kernels: a kernel library instead of the target's.
        only_kernels: rely on the target's kernel library alone: without that, the result is safe with every one.
        ram: the arena to fit into, in bytes or as ``64K``; the fastest model that fits is chosen.
        ram_bytes: the same in bytes, by its older name.
        smallest: look for the smallest arena although a board has room for more.
        max_slowdown: how many more instructions are allowed, as a share (0.1 or ``10%``, predicted).
        validity: whether desktop LiteRT must run the result too (``tflite``) or TFLM alone (``tflm``).
        effort: how much work the search may do: ``fast``, ``default``, ``thorough`` or a number of thousands of steps.
        seconds: a cap on its time: what it cuts depends on the machine.
        seed: seed of the search and of the inputs compared.
        keep_inputs: write no result over a model input while it could still be read.
        inputs: how many input sets to compare outputs on.
        tflm: the target's TFLM, as in `measure_model`: outputs are compared in its wheel, too; before 2025-11
            only ``tflm`` validity has loops, before 2023-04 nothing has.
        loops: whether streamed segments are loops, unrolled, or whichever is better.
        integer_io: first remove QUANTIZE at the inputs and DEQUANTIZE at the outputs: the application converts.
        pareto: a directory to write every verified choice between memory and time to.
        exact: ``nonfinite`` forbids rewrites that are exact for finite values only.
        data: samples of the inputs to compare outputs on, besides the generated ones: ``.npz``, ``.npy``, a folder of
            ``.npy``, or ``module:function``.
        report: called with the search's progress.

    Raises:
        ModelFormatError: if the file is no readable model.
        DataError: if `data` is none, or does not fit the inputs.
        UnsupportedModelError: if TFLM refuses the model, or an operator's memory is not known.
        OutputError: if the output cannot be written.
        TargetError, ConfigError: if a name is unknown, `tflm` is no release, or the effort is none.
        VerificationError: if no candidate computes what the model does.
    """
    file, written = Path(path), Path(output)
    content = read_file(file)
    check_outputs([written], [file, data, board_file(board)])
    chosen, named_board = choose(target, board, kernels)
    ram_bytes = size(ram) if ram_bytes is None else ram_bytes
    budget = Budget(named_board, ram_bytes, "" if ram_bytes is None else f"an arena of {format_size(ram_bytes)} bytes")
    free = smallest or max_slowdown is not None
    release = None if tflm is None else find_release(tflm)
    if release is not None:
        demand_release(read_bytes(content, str(file)), release, str(file))
    support = None if release is None else LoopSupport(release.tflm)
    settings = Settings(
        target=chosen,
        validity=choice(Validity, validity, "validity"),
        ram_bytes=ram_bytes if free else budget.search_bytes,
        max_slowdown=share(max_slowdown),
        effort=effort,
        seconds=seconds,
        seed=seed,
        keep_inputs=keep_inputs,
        only_these_kernels=only_kernels,
        older=None if release is None else _wheel(release.name),
        stream=support is None or support.update,
        stream_by_space=support is not None and support.by_space,
        loops_copy_all=support is not None and support.copy_all,
        loops=choice(Loops, loops, "loops"),
        exact=choice(Exact, exact, "exact"),
    )
    try:
        if integer_io:
            content = write_bytes(strip_io(read_bytes(content, str(file))))
        settings = replace(settings, samples=_samples(data, content, file))
        result = fit_bytes(content, str(file), settings, report=report, inputs=inputs, whole_front=pareto is not None)
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    save_bytes(with_associated_files(result.content, read_file(file)), written, never=file)
    defects = [] if is_stdout(written) else [found for found in result.defects if found.content]
    for number, defect in enumerate(defects, start=1):
        save_bytes(defect.content, written.with_suffix(f".defect-{number}.tflite"), never=file)
    if pareto is not None:
        _save_front(Path(pareto), file, result)
    document = fit_document(str(file), str(written), core(settings).value, result)
    # Without a cap on time only: a cap would make what is said depend on the machine, and the forecast exceed it.
    forecasts = () if seconds is not None else predicted_parts(read_bytes(content, str(file)), settings)
    in_parts = tuple(item for item in forecasts if item.arena_bytes < document.after_predicted_bytes)
    return replace(
        document, in_parts=in_parts, answer=fit_answer(document, read_bytes(result.content, str(written)), budget)
    )


def _samples(source: str | None, content: bytes, file: Path) -> tuple[tuple[Array, ...], ...]:
    return () if source is None else tuple(load_inputs(source, read_bytes(content, str(file))))


def _wheel(tflm: str | None) -> OtherWheel | None:
    if tflm is None:
        return None
    wheel = find_release(tflm).wheel
    return OtherWheel(wheel.version, wheel.pythons)


def _save_front(folder: Path, file: Path, result: FitResult) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from error
    original = read_file(file)
    for point, content in result.verified_front:
        save_bytes(
            with_associated_files(content, original), folder / f"{file.stem}-{point.arena_bytes}.tflite", never=file
        )


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


def _measured_on(content: bytes, file: Path, data: str | None) -> Inputs:
    # A damaged file is told from one that TFLM merely refuses; what only arenafit does not know, TFLM may still run.
    try:
        model = read_bytes(content, str(file))
    except UnsupportedModelError:
        return GeneratedInputs()
    return GeneratedInputs(domains=domains(model)) if data is None else load_inputs(data, model)


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
