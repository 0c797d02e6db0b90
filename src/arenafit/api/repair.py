"""The function behind ``repair``, for use from Python; the package re-exports it."""

from os import PathLike
from pathlib import Path
from typing import TypeAlias

from arenafit.api.arguments import takes_models
from arenafit.errors import UnsupportedModelError
from arenafit.fit.diagnosis import explained
from arenafit.fit.repair import Repaired, repair_bytes
from arenafit.outputs import check_outputs, save_bytes
from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.answers.changes import repair_answer
from arenafit.report.documents.inspection_build import inspect
from arenafit.report.documents.repair import RepairDocument
from arenafit.targets.choice import choose
from arenafit.tflite import read_bytes, read_file, with_associated_files

StrPath: TypeAlias = str | PathLike[str]


@takes_models
@explained
def repair_model(path: StrPath, output: StrPath) -> RepairDocument:
    """Give the model at `path` batch 1 and the shapes that its operands give, prove it, and write it to `output`.

    Args:
        path: a ``.tflite`` file; it is never written to.
        output: the file to write.

    Raises:
        ModelFormatError: if the file is no readable model.
        RefusedModelError: if TFLM does not run the model for another reason than its shapes.
        VerificationError: if the repaired model computes something else in LiteRT, or LiteRT does not run the original.
        RuntimeUnavailableError: if LiteRT or TFLM is not installed.
        OutputError: if the output cannot be written.
    """
    file, written = Path(path), Path(output)
    content = read_file(file)
    check_outputs([written], [file])
    try:
        made = repair_bytes(content, str(file))
    except UnsupportedModelError as error:
        text = str(error)
        raise (error if text.startswith(str(file)) else type(error)(f"{file}: {text}")) from None
    save_bytes(with_associated_files(made.content, content), written, never=file)
    answer = _answer(made, str(written))
    return RepairDocument(str(file), str(written), made.changes, made.litert, made.tflm, answer)


def _answer(made: Repaired, written: str) -> Answer | None:
    try:
        found = inspect(read_bytes(made.content, written), made.content, written, choose()[0])
    except UnsupportedModelError:  # it is proved all the same; an operator's memory is not known
        return None
    return repair_answer(found.answer, made)
