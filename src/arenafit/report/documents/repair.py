"""What `repair` did to a model, as a document."""

from dataclasses import dataclass
from typing import ClassVar

from arenafit.report.documents.answers.answer import Answer
from arenafit.report.documents.document import Document


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
    answer: Answer | None = None  # None where the memory of the repaired model cannot be told
