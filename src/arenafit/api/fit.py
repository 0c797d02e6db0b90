"""`arenafit.fit_model`: a smaller arena for the same outputs, proved."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.accuracy.binding import load_inputs
from arenafit.api._wheels import other_wheel
from arenafit.api.arguments import choice, share, size, takes_models
from arenafit.errors import MALFORMED, ConfigError, OutputError, UnsupportedModelError, naming
from arenafit.fit import FitResult, Progress, Settings, fit_bytes
from arenafit.fit.diagnosis import explained
from arenafit.fit.feeding.forecast import RowsForecast, predicted_rows
from arenafit.fit.parts import PartsForecast, predicted_parts
from arenafit.fit.search.candidates import core
from arenafit.fit.search.pool import usable_cores
from arenafit.fit.settings import Exact, Loops, fed_input, settings_for
from arenafit.fit.verification_inputs import VERIFIED_INPUTS
from arenafit.ir import Model
from arenafit.outputs import check_outputs, is_stdout, save_bytes
from arenafit.quantize.io import strip_io
from arenafit.report.documents.answers.answer import Budget, Place
from arenafit.report.documents.answers.fit import fit_answer
from arenafit.report.documents.fit import FitDocument, fit_document
from arenafit.rewrites.protocol import Validity
from arenafit.runtime.types import Array
from arenafit.targets.boards import board_file
from arenafit.targets.choice import choose
from arenafit.targets.memories import Region, chosen_memories, demand_memories
from arenafit.targets.releases import find_release
from arenafit.tflite import read_bytes, read_file, with_associated_files, write_bytes
from arenafit.units import format_size
from arenafit.validity.release import demand_release
from arenafit.validity.usual import usual_release

StrPath: TypeAlias = str | PathLike[str]


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
    feed: str | None = None,
    memories: Sequence[str] = (),
    arena: str | None = None,
    jobs: int | None = None,
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
        tflm: the target's TFLM, as in `measure_model`; by default what the board usually has where that is older than
            2025-11, ``newest`` for another. Outputs are compared in its wheel, too; before 2025-11
            loops store with older operators.
        loops: whether streamed segments are loops, unrolled, or whichever is better.
        integer_io: first remove QUANTIZE at the inputs and DEQUANTIZE at the outputs: the application converts.
        pareto: a directory to write every verified choice between memory and time to.
        exact: ``nonfinite`` forbids rewrites that are exact for finite values only.
        data: samples of the inputs to compare outputs on, besides the generated ones: ``.npz``, ``.npy``, a folder of
            ``.npy``, or ``module:function``.
        feed: ``rows`` for a model that takes its largest input some rows at a time, ``rows:NAME`` for another input;
            of TFLM alone, whatever `validity` says. By default it takes whole inputs.
        memories: memories that the buffers may go to, as ``dtcm=128K``, or ``board`` for all that the board has: the
            model that is fastest over them is chosen, waiting for slower memories counted.
        arena: the memory for the arena itself; by default where that costs least.
        jobs: how many processes search; None: one for each core, up to four. The result is the same with any number.
        report: called with the search's progress.

    Raises:
        ModelFormatError: if the file is no readable model.
        DataError: if `data` is none, or does not fit the inputs.
        UnsupportedModelError: if TFLM refuses the model, or an operator's memory is not known.
        OutputError: if the output cannot be written.
        TargetError, ConfigError: if a name is unknown, `tflm` is no release, or the effort or `jobs` is none.
        VerificationError: if no candidate computes what the model does.
    """
    file, written = Path(path), Path(output)
    content = read_file(file)
    check_outputs([written], [file, data, board_file(board)])
    if pareto is not None:
        _check_front(Path(pareto))
    chosen, named_board = choose(target, board, kernels)
    ram_bytes = size(ram) if ram_bytes is None else ram_bytes
    free = smallest or max_slowdown is not None
    demand_memories(memories, arena)
    regions = chosen_memories(memories, None if named_board is None else named_board.regions)
    if regions and (free or feed is not None or ram_bytes is not None):
        raise ConfigError(
            "--memory asks for the fastest model: it goes without --ram, --smallest, --max-slowdown, --feed"
        )
    plain = Budget(named_board, ram_bytes, "" if ram_bytes is None else f"an arena of {format_size(ram_bytes)} bytes")
    budget = _over(regions) if regions else plain
    usual = usual_release(named_board, read_bytes(content, str(file))) if tflm is None else None
    release = usual if tflm is None else find_release(tflm)
    if release is not None:
        demand_release(read_bytes(content, str(file)), release, str(file))
    fed = fed_input(feed)
    asked = Settings(
        target=chosen,
        feed=fed,
        regions=regions,
        arena=arena,
        validity=choice(Validity, validity, "validity") if fed is None else Validity.TFLM,
        ram_bytes=_fastest(regions) if regions else ram_bytes if free else budget.search_bytes,
        max_slowdown=share(max_slowdown),
        effort=effort,
        seconds=seconds,
        seed=seed,
        keep_inputs=keep_inputs,
        only_these_kernels=only_kernels,
        board=None if named_board is None else named_board.name,
        older=None if release is None else other_wheel(release.name),
        loops=choice(Loops, loops, "loops"),
        exact=choice(Exact, exact, "exact"),
        jobs=usable_cores() if jobs is None else jobs,
    )
    settings = settings_for(release, asked)
    try:
        if integer_io:
            content = write_bytes(strip_io(read_bytes(content, str(file))))
        settings = replace(settings, samples=_samples(data, content, file))
        result = fit_bytes(content, str(file), settings, report=report, inputs=inputs, whole_front=pareto is not None)
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    save_bytes(with_associated_files(result.content, read_file(file)), written, never=file)
    # Beside a device or a pipe nothing is written.
    defects = [found for found in result.defects if found.content] if _has_neighbours(written) else []
    for number, defect in enumerate(defects, start=1):
        save_bytes(defect.content, written.with_suffix(f".defect-{number}.tflite"), never=file)
    if pareto is not None:
        _save_front(Path(pareto), file, result)
    document = fit_document(str(file), str(written), core(settings).value, result)
    # Without a cap on time only: a cap would make what is said depend on the machine, and the forecast exceed it.
    whole = seconds is None and fed is None and not regions
    original = read_bytes(content, str(file))
    forecasts, by_rows = _forecasts(original, settings) if whole else ((), None)
    if by_rows is not None and by_rows.arena_bytes >= document.after_predicted_bytes:
        by_rows = None
    in_parts = tuple(item for item in forecasts if item.arena_bytes < document.after_predicted_bytes)
    document = replace(document, in_parts=in_parts, by_rows=by_rows)
    models = (original, read_bytes(result.content, str(written)))
    place = Place.of(settings.target, named_board, tflm)
    speed = _at_speed(settings, document.after_predicted_bytes)
    return replace(document, answer=fit_answer(document, models, budget, place, usual, at_speed=speed))


def _forecasts(model: Model, settings: Settings) -> tuple[tuple[PartsForecast, ...], RowsForecast | None]:
    """Return what parts and rows would give. The model is fitted and written: what hinders a forecast is no error."""
    in_parts: tuple[PartsForecast, ...] = ()
    by_rows = None
    with suppress(UnsupportedModelError, *MALFORMED):
        in_parts = predicted_parts(model, settings)
    with suppress(UnsupportedModelError, *MALFORMED):
        by_rows = predicted_rows(model, settings)
    return in_parts, by_rows


def _over(regions: tuple[Region, ...]) -> Budget:
    return Budget(None, None, f"{len(regions)} memories")


def _at_speed(settings: Settings, arena_bytes: int) -> str | None:
    """Return what a smaller arena was not to cost, with the way out; None if it was looked for at any speed."""
    if settings.ram_bytes is not None and arena_bytes <= settings.ram_bytes:
        way = "without --memory" if settings.regions else "without --ram" if settings.board is None else "--smallest"
        return f"no slower ({way}: at any speed)"
    return None if settings.max_slowdown is None else "as fast as --max-slowdown asks"


def _fastest(regions: tuple[Region, ...]) -> int:
    """Return the room in the fastest memory: what the search streams for, as what fits there waits for nothing."""
    return max(1, min(regions, key=lambda one: one.reading).available_bytes)


def _samples(source: str | None, content: bytes, file: Path) -> tuple[tuple[Array, ...], ...]:
    return () if source is None else tuple(load_inputs(source, read_bytes(content, str(file))))


def _has_neighbours(path: Path) -> bool:
    """Whether files may be written beside an output: not beside standard output, a device or a pipe."""
    return not is_stdout(path) and (path.is_file() or not path.exists())


def _check_front(folder: Path) -> None:
    """Raise OutputError, before any work is done, if something that is no directory is at `folder` or in its way."""
    there = next((item for item in (folder, *folder.absolute().parents) if os.path.lexists(item)), None)
    if there is not None and not there.is_dir():
        raise OutputError(f"{folder}: cannot be a directory: {there} is none; name another one")


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
