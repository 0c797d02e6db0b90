"""The part of the page about several memories: a lane for each, and what is moved in every tensor."""

from collections.abc import Sequence
from typing import Any

from arenafit.report.documents.memory_map import MapBuffer
from arenafit.report.documents.memory_rows import BufferPlaceRow
from arenafit.report.documents.views import ModelView


def memories_part(template: Any, views: Sequence[ModelView], names: Sequence[str]) -> str:
    """Return the section as markup, empty if no memories were named; `template` is that of ``memories.html.j2``."""
    shown = [index for index, view in enumerate(views) if view.memories or view.no_memories]
    if not shown:
        return ""
    return str(template.render(views=views, shown=shown, names=names, traffic=_traffic, most=_most))


def _traffic(view: ModelView) -> list[tuple[BufferPlaceRow, MapBuffer]]:
    """Return the buffers with their places, those in which most is moved first."""
    rows = () if view.memories is None else view.memories.buffers
    pairs = zip(rows, view.memory.buffers, strict=True)
    return sorted(pairs, key=lambda pair: (-_moved(pair[0]), pair[1].number))


def _most(view: ModelView) -> int:
    rows = () if view.memories is None else view.memories.buffers
    return max((_moved(row) for row in rows), default=0) or 1


def _moved(row: BufferPlaceRow) -> int:
    return row.read_bytes + row.written_bytes
