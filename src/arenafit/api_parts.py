"""The function behind `fit --parts`: a model cut into parts that share one arena; the package re-exports it."""

from collections.abc import Callable
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.accuracy.binding import load_inputs
from arenafit.errors import OutputError, UnsupportedModelError, naming
from arenafit.fit import Progress, Settings
from arenafit.fit.drawing import VERIFIED_INPUTS
from arenafit.fit.parts import fit_parts as fit_parts_of
from arenafit.outputs import check_outputs, save_all
from arenafit.report.documents.parts import PartsDocument, parts_document
from arenafit.report.render.json import render
from arenafit.tflite import read_bytes, read_file

StrPath: TypeAlias = str | PathLike[str]

PARTS_FILE = "parts.json"


def fit_parts(
    path: StrPath,
    folder: StrPath,
    parts: int | None = None,
    *,
    settings: Settings | None = None,
    data: str | None = None,
    inputs: int = VERIFIED_INPUTS,
    report: Callable[[Progress], None] = lambda _: None,
) -> PartsDocument:
    """Cut the model at `path` into parts that run one after the other in one arena, fit each, and write them.

    `folder` gets a ``.tflite`` file for each part and ``parts.json``, which `export_parts` reads.

    Args:
        path: a ``.tflite`` file; it is never written to.
        folder: where to write; it is made where it is missing.
        parts: how many, 2 to 8; None: as many as are worth it.
        settings: goal and limits of the fits, as `arenafit.fit.Settings`; by default the smallest arena.
        data: samples of the inputs to replay the hand-over on, besides the generated ones, as for `fit_model`.
        inputs: how many input sets to replay the hand-over on.
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
    wanted = settings or Settings()
    if data is not None:
        wanted = replace(wanted, samples=tuple(load_inputs(data, read_bytes(content, str(file)))))
    try:
        made = fit_parts_of(content, str(file), parts, wanted, report=report, inputs=inputs)
    except UnsupportedModelError as error:
        raise naming(file, error) from None
    names = [f"{file.stem}.part-{number}.tflite" for number in range(1, len(made.parts) + 1)]
    document = parts_document(str(file), str(where), names, len(content), made)
    try:
        where.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{where}: cannot be made: {error.strerror or error}") from None
    files = {where / name: part.fit.content for name, part in zip(names, made.parts, strict=True)}
    files[where / PARTS_FILE] = f"{render(document)}\n".encode()
    check_outputs(files, [file, data])
    save_all(files)
    return document
