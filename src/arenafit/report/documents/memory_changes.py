"""What changed between two models that are spread over the same memories: each memory, and buffers that moved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from arenafit.report.documents.memory_rows import BufferPlaceRow, MemoriesRow, MemoryRow
from arenafit.report.documents.views import ModelView
from arenafit.units import format_size


@dataclass(frozen=True, slots=True)
class MemoryChange:
    """One memory before and after: what is taken of it, and what one Invoke moves there; None where nothing fits."""

    name: str
    before_bytes: int | None
    after_bytes: int | None
    before_moved_bytes: int | None
    after_moved_bytes: int | None
    before_share: float | None
    after_share: float | None

    @property
    def is_same(self) -> bool:
        """Whether as much is taken of it and moved in it as before."""
        before = (self.before_bytes, self.before_moved_bytes, self.before_share)
        return before == (self.after_bytes, self.after_moved_bytes, self.after_share)


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """A buffer of both models that lies in another memory, and what one Invoke moves in it after."""

    name: str
    before: str
    after: str
    size_bytes: int
    moved_bytes: int


@dataclass(frozen=True, slots=True)
class MemoryChanges:
    """Memories and buffers that moved, what moves most first; `problems` says which model finds no place, and why."""

    memories: tuple[MemoryChange, ...]
    moved: tuple[PlaceChange, ...]
    problems: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether both models take and move the same, each buffer in the memory it was in."""
        return not self.moved and not self.problems and all(row.is_same for row in self.memories)


def memory_changes(before: ModelView, after: ModelView) -> MemoryChanges | None:
    """Return what changed; None if no memories were asked for."""
    old, new = before.memories, after.memories
    sides = (("before", before), ("after", after))
    problems = tuple(f"{name}: {view.no_memories}" for name, view in sides if view.no_memories)
    if old is None and new is None and not problems:
        return None
    return MemoryChanges(tuple(_memories(old, new)), tuple(_moved(old, new)), problems)


def memory_cells(row: MemoryChange) -> tuple[str, ...]:
    """Return a memory as a table shows it: its name, and before and after each of what is taken and what is moved."""
    return (
        row.name,
        _figure(row.before_bytes),
        _figure(row.after_bytes),
        _traffic(row.before_moved_bytes, row.before_share),
        _traffic(row.after_moved_bytes, row.after_share),
    )


def _figure(value: int | None) -> str:
    return "-" if value is None else format_size(value)


def _traffic(moved_bytes: int | None, share: float | None) -> str:
    return "-" if moved_bytes is None or share is None else f"{format_size(moved_bytes)} ({share:.1%})"


def _memories(old: MemoriesRow | None, new: MemoriesRow | None) -> Iterator[MemoryChange]:
    left, right = _by_name(old), _by_name(new)
    for name in dict.fromkeys((*left, *right)):
        one, other = left.get(name), right.get(name)
        yield MemoryChange(
            name,
            None if one is None else one.taken_bytes,
            None if other is None else other.taken_bytes,
            None if one is None else one.read_bytes + one.written_bytes,
            None if other is None else other.read_bytes + other.written_bytes,
            None if one is None else one.share,
            None if other is None else other.share,
        )


def _by_name(row: MemoriesRow | None) -> Mapping[str, MemoryRow]:
    return {} if row is None else {item.name: item for item in row.memories}


def _moved(old: MemoriesRow | None, new: MemoriesRow | None) -> list[PlaceChange]:
    left, right = _buffers(old), _buffers(new)
    found = [
        PlaceChange(key[0], left[key].memory, row.memory, row.size_bytes, row.read_bytes + row.written_bytes)
        for key, row in right.items()
        if key in left and left[key].memory != row.memory
    ]
    return sorted(found, key=lambda row: -row.moved_bytes)


def _buffers(row: MemoriesRow | None) -> Mapping[tuple[str, int], BufferPlaceRow]:
    # Names need not be unique: the first of a name is compared with the first of that name.
    found: dict[tuple[str, int], BufferPlaceRow] = {}
    counts: dict[str, int] = {}
    for item in () if row is None else row.buffers:
        count = counts[item.name] = counts.get(item.name, -1) + 1
        found[item.name, count] = item
    return found
