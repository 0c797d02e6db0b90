"""Models that run in turn in one arena, as a document."""

from dataclasses import dataclass
from typing import ClassVar

from arenafit.report.documents.document import Document
from arenafit.sweep.pairs import Choice


@dataclass(frozen=True)
class TogetherDocument(Document):
    """The front of the choices of one candidate for each place; `picked` is the place in `front` of what was exported.

    Arenas are predicted for `target`, in two parts as `MicroAllocator::Create` takes them: what persists of each model,
    and the activations that all use in turn. `exported_arena_bytes` has the export's margin added.
    """

    NAME: ClassVar[str] = "together"
    VERSION: ClassVar[int] = 1

    models: tuple[str, ...]
    target: str
    front: tuple[Choice, ...]
    picked: int
    exported_arena_bytes: int
    written: tuple[str, ...]

    def headline(self) -> str:
        """Return the choice in one line."""
        found = self.front[self.picked]
        return f"{len(self.models)} models in {found.arena_bytes:,} bytes, apart {found.apart_bytes:,}"
