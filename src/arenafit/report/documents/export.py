"""What `export` wrote, as a document."""

from dataclasses import dataclass
from typing import ClassVar

from arenafit.export import Firmware, Manifest
from arenafit.export.firmware_sources import BoundaryTensor
from arenafit.memories import MemoryPlan
from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.document import Document
from arenafit.report.documents.inspection import FindingRow, finding_rows
from arenafit.report.documents.memories import memories_row
from arenafit.report.documents.memory_rows import MemoriesRow
from arenafit.validity import Finding


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that was written."""

    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ArenaRow:
    """The size of an arena: the smallest that works, predicted, and what was written, margin included."""

    name: str
    where: str
    min_bytes: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """The arena size in a manifest, before and after; predicted without the kernels that ESPHome builds with."""

    path: str
    before_bytes: int | None
    predicted_bytes: int
    after_bytes: int


@dataclass(frozen=True)
class ExportDocument(Document):
    """The files, the arena sizes in them, the operators to register, inputs and outputs."""

    NAME: ClassVar[str] = "export"
    VERSION: ClassVar[int] = 1

    model: str
    name: str
    layout: str
    target: str
    board: str | None
    margin_bytes: int
    arenas: tuple[ArenaRow, ...]
    operators: tuple[str, ...]
    custom_operators: tuple[str, ...]
    resource_variables: int
    boundaries: tuple[BoundaryTensor, ...]
    estimated: tuple[str, ...]
    files: tuple[FileRow, ...]
    manifest: ManifestRow | None
    findings: tuple[FindingRow, ...] = ()
    needs_tflm: str | None = None  # the month from which TFLM has all that the model needs, where that is known
    memories: MemoriesRow | None = None
    answer: Answer | None = None
    made_by: str | None = None  # what a fitted model says of itself; its target is exported for unless one is named


def export_document(
    model: str,
    layout: str,
    made: Firmware,
    files: tuple[FileRow, ...],
    manifest: tuple[str, Manifest] | None,
    *,
    findings: tuple[Finding, ...] = (),
    memories: MemoryPlan | None = None,
) -> ExportDocument:
    """Return the document of an export; `manifest` is its path and content, `findings` what is wrong with the model."""
    arenas = (
        ArenaRow("one arena", "any RAM", made.min_arena_bytes, made.arena_bytes),
        ArenaRow("two: non-persistent", "fast SRAM", made.min_non_persistent_bytes, made.non_persistent_bytes),
        ArenaRow("two: persistent", "may be slower memory", made.min_persistent_bytes, made.persistent_bytes),
    )
    return ExportDocument(
        model=model,
        name=made.name,
        layout=layout,
        target=made.target.name,
        board=made.board,
        margin_bytes=made.margin_bytes,
        arenas=arenas,
        operators=made.methods,
        custom_operators=tuple(custom.code for custom in made.customs),
        resource_variables=made.resource_variables,
        needs_tflm=made.needs[0].month if made.needs else None,
        boundaries=made.boundaries,
        estimated=made.estimated,
        files=files,
        manifest=None if manifest is None else _manifest(*manifest),
        findings=finding_rows(findings),
        memories=None if memories is None else memories_row(memories),
    )


def _manifest(path: str, manifest: Manifest) -> ManifestRow:
    return ManifestRow(path, manifest.before_bytes, manifest.predicted_bytes, manifest.after_bytes)
