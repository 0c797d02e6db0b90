"""The function behind ``repair``, for use from Python; the package re-exports it."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import ClassVar, TypeAlias

from arenafit.errors import UnsupportedModelError
from arenafit.fit.repair import repair_bytes
from arenafit.outputs import check_outputs, save_bytes
from arenafit.report.documents.document import Document
from arenafit.tflite import read_file, with_associated_files

StrPath: TypeAlias = str | PathLike[str]


@dataclass(frozen=True)
class RepairDocument(Document):
    """What was changed, a clause each, and what the runtimes said of the result."""

    NAME: ClassVar[str] = "repair"
    VERSION: ClassVar[int] = 1

    model: str
    output: str
    changes: tuple[str, ...]
    litert: str
    tflm: str


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
    return RepairDocument(str(file), str(written), made.changes, made.litert, made.tflm)
