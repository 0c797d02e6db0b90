"""A model cut into parts that run one after the other in one arena, as a document; `export` reads it back."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from arenafit.fit.parts import FittedPart, PartsResult
from arenafit.ir import Feed
from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.answers.contract import contract_of
from arenafit.report.documents.document import Document
from arenafit.tflite import read_bytes


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part: its file beside the document, and operators `first` to `end` (excluded) of the original in it.

    `arena_bytes` is what it needs of the shared arena, `tail_bytes` (persistent) of that is kept as an image.
    `hands_over` describes the tensor that the next part reads; empty for the last part.
    """

    file: str
    sha256: str
    first: int
    end: int
    arena_bytes: int
    tail_bytes: int
    measured_bytes: int | None  # the smallest arena that works on the wheel, for this part alone
    instructions: int
    flash_bytes: int
    hands_over: str
    handed_bytes: int
    steps: tuple[str, ...]


@dataclass(frozen=True)
class PartsDocument(Document):
    """The parts and what they take together, predicted on `target`; instructions are an estimate for one frame.

    `arena_bytes` is the shared arena, `images_bytes` the copies of all tails in flash or slow RAM, `instructions_ratio`
    compares all parts and the hand-over with the original. `replayed_inputs` is how many inputs the hand-over was
    replayed on in the real TFLM, 0 where it cannot be run. `feed` is how the first part is to be fed, if by rows, and
    `contract` says it in a sentence.
    """

    NAME: ClassVar[str] = "parts"
    VERSION: ClassVar[int] = 1

    model: str
    model_sha256: str
    folder: str
    target: str
    validity: str
    effort: str
    before_predicted_bytes: int
    arena_bytes: int
    images_bytes: int
    handover_instructions: int
    instructions_ratio: float
    flash_bytes_before: int
    flash_bytes_after: int
    claim: str
    replayed_inputs: int
    declared: int
    runtime: str
    parts: tuple[PartRow, ...]
    feed: Feed | None = None
    contract: str = ""
    answer: Answer | None = None


@dataclass(frozen=True)
class ReplayDocument(Document):
    """Parts run one after the other in the real TFLM, each on what the one before made, beside the whole model.

    `difference` says how the last part's outputs differ from the model's; None if they are equal bit for bit.
    """

    NAME: ClassVar[str] = "replay"
    VERSION: ClassVar[int] = 1

    folder: str
    model: str
    parts: int
    inputs: int
    declared: int
    difference: str | None
    runtime: str


def parts_document(name: str, folder: str, files: Sequence[str], original: bytes, result: PartsResult) -> PartsDocument:
    """Return the document of the model called `name`, whose parts were written to `files` in `folder`."""
    rows = tuple(_row(file, part) for file, part in zip(files, result.parts, strict=True))
    return PartsDocument(
        model=name,
        model_sha256=hashlib.sha256(original).hexdigest(),
        folder=folder,
        target=result.settings.target.name,
        validity=result.settings.validity.value,
        effort=str(result.settings.effort),
        before_predicted_bytes=result.before_bytes,
        arena_bytes=result.shared.arena_bytes,
        images_bytes=result.shared.images_bytes,
        handover_instructions=result.shared.handover_instructions,
        instructions_ratio=round(result.instructions / max(1, result.before_instructions), 4),
        flash_bytes_before=len(original),
        flash_bytes_after=sum(row.flash_bytes for row in rows),
        claim=result.claim.value,
        replayed_inputs=result.replay.inputs,
        declared=result.replay.declared,
        runtime=result.replay.runtime,
        parts=rows,
        feed=result.parts[0].fit.feed,
        contract=contract_of(read_bytes(result.parts[0].fit.content, files[0])),
    )


def _row(file: str, part: FittedPart) -> PartRow:
    handed = part.hands_over
    last = part.fit.steps[-1]
    return PartRow(
        file=file,
        sha256=hashlib.sha256(part.fit.content).hexdigest(),
        first=part.first,
        end=part.end,
        arena_bytes=part.memory.arena_bytes,
        tail_bytes=part.memory.persistent_bytes,
        measured_bytes=part.fit.verdict.min_arena_bytes,
        instructions=last.instructions,
        flash_bytes=len(part.fit.content),
        hands_over="" if handed is None else f"{handed.dtype.label.lower()} {list(handed.shape)} '{handed.name}'",
        handed_bytes=0 if handed is None else handed.size_bytes,
        steps=tuple(step.what for step in part.fit.steps[1:]),
    )
