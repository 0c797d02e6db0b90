"""The functions behind parts: a model cut into parts that share one arena, and their runner; the package has them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.accuracy.binding import load_inputs
from arenafit.api._wheels import other_wheel
from arenafit.errors import OutputError, RuntimeUnavailableError, UnsupportedModelError, naming
from arenafit.export import Firmware, firmware, write_files
from arenafit.export.firmware_sources import identifier_of
from arenafit.export.parts import PARTS_FILE, PartFile, joined, read_original, read_parts
from arenafit.export.parts_cpp import sources
from arenafit.fit import Progress, Settings
from arenafit.fit.diagnosis import explained
from arenafit.fit.kept_state import begun_once, kept_in_tail
from arenafit.fit.parts import fit_parts as fit_parts_of
from arenafit.fit.parts import inputs_to_replay
from arenafit.fit.parts.replay import replay
from arenafit.fit.settings import settings_for
from arenafit.fit.verification_inputs import VERIFIED_INPUTS
from arenafit.fit.verifiers import verifier
from arenafit.ir import feed_of
from arenafit.outputs import check_outputs, save_all
from arenafit.report.documents.answers.answer import is_float, options_of
from arenafit.report.documents.answers.export import Exported, export_answer
from arenafit.report.documents.answers.parts import parts_answer
from arenafit.report.documents.export import ArenaRow, ExportDocument, FileRow, export_document
from arenafit.report.documents.parts import PartsDocument, ReplayDocument, parts_document
from arenafit.report.render.json import render
from arenafit.rewrites.protocol import Claim
from arenafit.structure.untrained import untrained_changes
from arenafit.targets.boards import Board
from arenafit.targets.choice import choose
from arenafit.targets.releases import find_release
from arenafit.targets.target import Target
from arenafit.tflite import read_bytes, read_file
from arenafit.validity import demand
from arenafit.validity.provenance import provenance
from arenafit.validity.release import demand_release
from arenafit.validity.usual import dated, release_for, usual_release

StrPath: TypeAlias = str | PathLike[str]

# For what differs between the TFLM that is predicted and the one that is built; each part's two sizes get it.
_MARGIN_BYTES = 256


@explained
def fit_parts(
    path: StrPath,
    folder: StrPath,
    parts: int | None = None,
    *,
    settings: Settings | None = None,
    data: str | None = None,
    inputs: int = VERIFIED_INPUTS,
    tflm: str | None = None,
    board: Board | None = None,
    report: Callable[[Progress], None] = lambda _: None,
) -> PartsDocument:
    """Cut the model at `path` into parts that run one after the other in one arena, fit each, and write them.

    `folder` gets a ``.tflite`` file for each part and ``parts.json``, which `export_parts` reads.

    Args:
        path: a ``.tflite`` file; it is never written to.
        folder: where to write; it is made where it is missing.
        parts: how many, 2 to 8; None: as many as are worth it.
        settings: goal and limits of the fits, as `arenafit.fit.Settings`; by default the smallest arena. With `feed`
            the first part takes an input by rows, and all are for TFLM alone.
        data: samples of the inputs to replay the hand-over on, besides the generated ones, as for `fit_model`.
        inputs: how many input sets to replay the hand-over on.
        tflm: the TFLM to fit for, as for `fit_model`; by default what `board` usually has.
        board: the board that `settings` are for, if it is one.
        report: called with the progress of each search.

    Raises:
        ModelFormatError: if the file is no readable model.
        ConfigError: if `parts` is no number of parts.
        UnsupportedModelError: if the model keeps state from frame to frame, or cannot be cut so often.
        OutputError: if a file cannot be written.
        VerificationError: if the parts in a row do not compute what the model does.
    """
    file, where = Path(path), Path(folder)
    content = read_file(file)
    if where.exists() and not where.is_dir():
        raise OutputError(f"{where}: is a file; name a folder for the parts")
    if not where.parent.is_dir():
        raise OutputError(f"{where}: the directory {where.parent} does not exist")
    model = read_bytes(content, str(file))
    release = usual_release(board, model) if tflm is None else find_release(tflm)
    wanted = settings or Settings()
    if release is not None:
        demand_release(model, release, str(file))
        wanted = settings_for(release, replace(wanted, older=other_wheel(release.name)))
    if data is not None:
        wanted = replace(wanted, samples=tuple(load_inputs(data, model)))
    try:
        made = fit_parts_of(content, str(file), parts, wanted, report=report, inputs=inputs)
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    names = [f"{file.stem}.part-{number}.tflite" for number in range(1, len(made.parts) + 1)]
    document = parts_document(str(file), str(where), names, content, made)
    try:
        where.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{where}: cannot be made: {error.strerror or error}") from None
    files = {where / name: part.fit.content for name, part in zip(names, made.parts, strict=True)}
    files[where / PARTS_FILE] = f"{render(document)}\n".encode()
    check_outputs(files, [file, data])
    save_all(files)
    models = [read_bytes(part.fit.content, name) for name, part in zip(names, made.parts, strict=True)]
    options = options_of(wanted.target, board, tflm)
    return replace(document, answer=parts_answer(document, models, wanted, options, floats=is_float(model)))


def export_parts(
    path: StrPath,
    folder: StrPath,
    *,
    name: str | None = None,
    margin_bytes: int | None = None,
    target: str | None = None,
    board: str | None = None,
    kernels: str | None = None,
    tflm: str | None = None,
) -> ExportDocument:
    """Write the parts at `path` into `folder` as C++: their data, a resolver, and the runner that hands over.

    Args:
        path: the folder that `fit_parts` wrote, or ``parts.json`` in it.
        folder: where to write; it is made where it is missing.
        name: namespace and name in C++; by default made of the model's name.
        margin_bytes: added to the tail of each part and to the rest of it; by default 256.
        target: what to predict for, as in `inspect_model`.
        board: a board instead of a target.
        kernels: a kernel library instead of the target's.
        tflm: another release of TFLM than the one that is usual, as for `inspect_model`.

    Raises:
        DataError: if there are no parts, or one is not the one that was listed.
        ConfigError: if what a part makes is not what the next one reads.
        UnsupportedModelError: if a part keeps state from frame to frame, or its memory is not known.
        TargetError: if a name is unknown.
        OutputError: if a file cannot be written.
    """
    chosen, found = choose(target, board, kernels)
    model_name, files = read_parts(Path(path))
    named = identifier_of(model_name) if name is None else name
    models = [read_bytes(part.content, str(part.path)) for part in files]
    chosen = dated(chosen, release_for(tflm, found, *models))
    wanted = _Wanted(chosen, found, named, _MARGIN_BYTES if margin_bytes is None else margin_bytes)
    made = tuple(_part(part, number, wanted) for number, part in enumerate(files, start=1))
    whole = joined(named, model_name, made)
    written = write_files(sources(whole), Path(folder), never=tuple(part.path for part in files))
    rows = tuple(FileRow(str(one), one.stat().st_size) for one in written)
    arenas = (
        ArenaRow("one arena for all parts", "fast SRAM", whole.min_arena_bytes, whole.arena_bytes),
        ArenaRow("images of the tails", "flash, or slow RAM", whole.min_images_bytes, whole.images_bytes),
    )
    document = export_document(str(path), "plain", whole.whole, rows, None)
    model_bytes = sum(len(part.content) for part in files)
    contract = f"; contract: {len(files)} parts run one after the other in one arena"
    contract += ", the first of them fed by rows" if whole.whole.feed is not None else ""
    sizes = Exported(whole.min_arena_bytes, whole.arena_bytes, model_bytes, contract)
    answer = export_answer(str(path), whole.whole, sizes, found, options_of(chosen, found, tflm))
    return replace(document, arenas=arenas, answer=answer)


def replay_parts(path: StrPath, *, inputs: int = VERIFIED_INPUTS) -> ReplayDocument:
    """Run parts one after the other in the real TFLM, and the model they were made of; compare the outputs.

    Args:
        path: the folder that `fit_parts` wrote, or ``parts.json`` in it; the model must be where it was.
        inputs: how many input sets, extremes included.

    Raises:
        DataError: if there are no parts, or a part or the model is not the one that was listed.
        RuntimeUnavailableError: if TFLM cannot be run here.
        VerificationError: if TFLM does not run the model.
    """
    _, files = read_parts(Path(path))
    original, claim = read_original(Path(path))
    model = read_bytes(original.content, str(original.path))
    wanted = Claim.EQUAL_FOR_FINITE if claim == Claim.EQUAL_FOR_FINITE.value else Claim.BIT_EXACT
    fed = feed_of(read_bytes(files[0].content, str(files[0].path))) is not None
    with verifier(model=model) as judge:
        if not judge.available:
            raise RuntimeUnavailableError(judge.runtime)
        drawn = inputs_to_replay(model, inputs, Settings(), fed=fed)
        found = replay(judge, original.content, [part.content for part in files], drawn, wanted)
    name, parts = str(original.path), len(files)
    return ReplayDocument(str(path), name, parts, found.inputs, found.declared, found.difference, found.runtime)


@dataclass(frozen=True, slots=True)
class _Wanted:
    target: Target
    board: Board | None
    name: str
    margin_bytes: int


def _part(part: PartFile, number: int, wanted: _Wanted) -> Firmware:
    """Return what firmware needs of a part."""
    model = read_bytes(part.content, str(part.path))
    # What is fed by rows begins every frame anew.
    fed = number == 1 and feed_of(model) is not None
    kept = begun_once(model) if fed else kept_in_tail(model, rewritten=provenance(model) is not None)
    changes = untrained_changes(model)
    if kept is not None:
        raise UnsupportedModelError(f"{part.path}: cannot share an arena with other parts: {kept}")
    if changes is not None:
        raise UnsupportedModelError(
            f"{part.path}: its weights are of no use, `whatif` made it ({', '.join(changes)}) and nobody trained it"
        )
    name = f"{wanted.name}_part_{number}"
    file_name = part.path.name
    try:
        demand(model, wanted.target)
        return firmware(
            model, part.content, file_name, wanted.target, wanted.board, name=name, margin_bytes=wanted.margin_bytes
        )
    except UnsupportedModelError as error:
        raise naming(part.path, error) from None
