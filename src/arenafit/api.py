"""The functions behind the command line, for use from Python; the package re-exports them.

Each takes paths and names as the command line does, and returns data; nothing is printed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.errors import OutputError, RunnerError, TargetError, UnsupportedModelError
from arenafit.fit import FitResult, Progress, Settings, fit_bytes
from arenafit.fit.relayout import Effort, exported_csv, exported_trace, import_plan, plan_bytes
from arenafit.fit.search.candidates import core
from arenafit.fit.settings import TFLM_WITH_LOOPS, Loops
from arenafit.fit.verify import VERIFIED_INPUTS
from arenafit.quantize.io import strip_io
from arenafit.report.documents.fit import FitDocument, fit_document
from arenafit.report.documents.inspection import Inspection
from arenafit.report.documents.inspection_build import inspect
from arenafit.report.documents.plan import PlanDocument, plan_document
from arenafit.rewrites.protocol import Validity
from arenafit.runtime import Measurement, Refusal, RuntimeId
from arenafit.runtime.runner import CommandRunner
from arenafit.runtime.tflm import OtherWheel, TflmRuntime
from arenafit.targets.choice import TARGETS, choose, find_target
from arenafit.targets.releases import find_release, wheel_target
from arenafit.targets.target import WHEEL, Target
from arenafit.tflite import check_output, read_bytes, read_file, save_bytes, with_associated_files, write_bytes
from arenafit.tflm import footprint
from arenafit.tflm.ascii_plan import side_by_side
from arenafit.tflm.comparison import Comparison, compare

StrPath: TypeAlias = str | PathLike[str]


def inspect_model(
    path: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    reserve_bytes: int | None = None,
    estimate: bool = False,
) -> Inspection:
    """Return what TFLM's arena holds for the model at `path`, predicted and explained; nothing is run.

    Args:
        path: a ``.tflite`` file.
        target: what to predict for: ``cortex-m4`` (the default), ``cortex-m4-reference``, ``cortex-m55``,
            ``ilp32-int-enums-reference``, ``wheel``.
        board: name of a board, or a ``.toml`` file that describes one; instead of a target.
        kernels: a kernel library instead of the target's: ``reference``, ``cmsis-nn-dsp``, ``cmsis-nn-mve``.
        reserve_bytes: RAM to leave free on the board, instead of what its description says.
        estimate: go on where an operator's kernel is not known; `Inspection.estimated` then says what is left out.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if an operator's kernel is not known, or TFLM cannot take the model.
        TargetError: if a name is unknown.
    """
    chosen, found = choose(target, board, kernels, reserve_bytes)
    file = Path(path)
    content = read_file(file)
    try:
        return inspect(read_bytes(content, str(file)), content, str(file), chosen, found, estimate=estimate)
    except UnsupportedModelError as error:
        raise _named(file, error) from None


def measure_model(
    path: StrPath,
    *,
    min_arena: bool = False,
    runner: str | None = None,
    timeout_seconds: float = 60.0,
    tflm: str | None = None,
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

    Raises:
        ModelFormatError: if the file is no readable model.
        RuntimeUnavailableError: if the wheel is not installed and cannot be.
        RunnerError: if the runner breaks its protocol.
        TargetError: if `tflm` is no release that is known, or both it and a runner are named.
    """
    file = Path(path)
    content = read_file(file)
    _must_be_readable(content, file)
    if runner is not None and tflm is not None:
        raise TargetError("a runner is built with its own TFLM: name one of --runner and --tflm")
    runtime = TflmRuntime(wheel=_wheel(tflm)) if runner is None else CommandRunner(runner)
    return runtime.measure(content, min_arena=min_arena, timeout_seconds=timeout_seconds)


def fit_model(
    path: StrPath,
    output: StrPath,
    *,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    ram_bytes: int | None = None,
    max_slowdown: float | None = None,
    validity: Validity = Validity.TFLITE,
    effort: str | int = "default",
    seconds: float | None = None,
    seed: int = 0,
    keep_inputs: bool = False,
    inputs: int = VERIFIED_INPUTS,
    tflm: str | None = None,
    loops: Loops = Loops.AUTO,
    integer_io: bool = False,
    pareto: StrPath | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> FitDocument:
    """Rewrite the model at `path` so that stock TFLM needs less arena, verify it, and write it to `output`.

    A candidate that failed verification is written beside the output, as ``NAME.defect-1.tflite`` and so on.

    Args:
        path: a ``.tflite`` file; it is never written to.
        output: the file to write.
        target: what to price for; by default the wheel, which is also what measures.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        ram_bytes: the arena to fit into; the fastest model that fits is chosen.
        max_slowdown: how many more instructions are allowed, as a share (0.1 = 10 %, predicted).
        validity: whether desktop LiteRT must run the result too.
        effort: how much work the search may do: ``fast``, ``default``, ``thorough`` or a number of thousands of steps.
        seconds: a cap on its time: what it cuts depends on the machine.
        seed: seed of the search and of the inputs compared.
        keep_inputs: write no result over a model input while it could still be read.
        inputs: how many input sets to compare outputs on.
        tflm: month of the target's TFLM, such as ``2024-06``; before 2025-11 nothing is streamed in loops.
        loops: whether streamed segments are loops, unrolled, or whichever is better.
        integer_io: first remove QUANTIZE at the inputs and DEQUANTIZE at the outputs: the application converts.
        pareto: a directory to write every verified choice between memory and time to.
        report: called with the search's progress.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if TFLM refuses the model, or an operator's memory is not known.
        OutputError: if the output cannot be written.
        TargetError, ConfigError: if a name is unknown, `tflm` is no month, or the effort is none.
        VerificationError: if no candidate computes what the model does.
    """
    file, written = Path(path), Path(output)
    content = read_file(file)
    check_output(written, never=file)
    chosen = choose(target, board, kernels)[0] if target or board or kernels else WHEEL
    settings = Settings(
        target=chosen,
        validity=validity,
        ram_bytes=ram_bytes,
        max_slowdown=max_slowdown,
        effort=effort,
        seconds=seconds,
        seed=seed,
        keep_inputs=keep_inputs,
        only_these_kernels=kernels is not None,
        stream=tflm is None or _month(tflm) >= TFLM_WITH_LOOPS,
        loops=loops,
    )
    try:
        if integer_io:
            content = write_bytes(strip_io(read_bytes(content, str(file))))
        result = fit_bytes(content, str(file), settings, report=report, inputs=inputs, whole_front=pareto is not None)
    except UnsupportedModelError as error:
        raise _named(file, error) from None
    save_bytes(with_associated_files(result.content, read_file(file)), written, never=file)
    for number, defect in enumerate(result.defects, start=1):
        save_bytes(defect.content, written.with_suffix(f".defect-{number}.tflite"), never=file)
    if pareto is not None:
        _save_front(Path(pareto), file, result)
    return fit_document(str(file), str(written), core(settings).value, result)


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """What `plan_model` did: the document, and TFLM's maps of the memory before and after, side by side."""

    document: PlanDocument
    maps: str


def plan_model(
    path: StrPath,
    output: StrPath,
    *,
    effort: Effort = "default",
    keep_inputs: bool = False,
    csv: StrPath | None = None,
    import_csv: StrPath | None = None,
    trace: StrPath | None = None,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
) -> PlannedModel:
    """Give the model at `path` a better layout, its operators kept, verify it, and write it to `output`.

    Args:
        path: a ``.tflite`` file; it is never written to.
        output: the file to write.
        effort: ``fast``, ``default`` or ``exact``.
        keep_inputs: write no result over a model input while it could still be read.
        csv: where to write the buffers and offsets as MiniMalloc's CSV.
        import_csv: such a file, whose offsets are taken instead of planning.
        trace: where to write the plan in Chrome's trace event format.
        target: what to price for; by default the wheel, which is also what measures.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's, which alone is then relied on.

    Raises:
        ModelFormatError: if the file is no readable model.
        UnsupportedModelError: if TFLM refuses the model, or an operator's memory is not known.
        DataError: if the CSV is none, or has no offsets.
        PlanError: if its offsets let buffers collide.
        OutputError: if a file cannot be written.
        TargetError: if a name is unknown.
        VerificationError: if the planned model does not compute what the model does.
    """
    file, written = Path(path), Path(output)
    content = read_file(file)
    check_output(written, never=file)
    chosen = choose(target, board, kernels)[0] if target or board or kernels else WHEEL
    library = None if kernels is None else chosen.kernels
    try:
        if import_csv is None:
            made = plan_bytes(content, str(file), chosen, effort=effort, keep_inputs=keep_inputs, library=library)
        else:
            made = import_plan(content, str(file), chosen, Path(import_csv))
    except UnsupportedModelError as error:
        raise _named(file, error) from None
    save_bytes(with_associated_files(made.content, content), written, never=file)
    texts = {csv: exported_csv, trace: exported_trace}
    for where, text in texts.items():
        if where is not None:
            save_bytes(text(made.after.footprint).encode(), Path(where), never=file)
    return PlannedModel(plan_document(str(file), str(written), made), side_by_side(made.before, made.after.footprint))


def _wheel(tflm: str | None) -> OtherWheel | None:
    if tflm is None:
        return None
    wheel = find_release(tflm).wheel
    return OtherWheel(wheel.version, wheel.pythons)


def _month(text: str) -> str:
    if re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text) is None:
        raise TargetError(f"'{text}' is no month of TFLM: write it like 2025-11")
    return text


def _save_front(folder: Path, file: Path, result: FitResult) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from error
    original = read_file(file)
    for choice, content in result.verified_front:
        save_bytes(
            with_associated_files(content, original), folder / f"{file.stem}-{choice.arena_bytes}.tflite", never=file
        )


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
        raise _named(file, error) from None


def _named(file: Path, error: UnsupportedModelError) -> UnsupportedModelError:
    text = str(error)
    return error if text.startswith(str(file)) else type(error)(f"{file}: {text}")


def _must_be_readable(content: bytes, file: Path) -> None:
    # A damaged file is told from one that TFLM merely refuses; what only arenafit does not know, TFLM may still run.
    try:
        read_bytes(content, str(file))
    except UnsupportedModelError:
        return


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
