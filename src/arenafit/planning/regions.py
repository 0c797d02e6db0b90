"""Rigid pieces in several memories: the problem, and a memory being filled.

A piece is what keeps its shape: one buffer, or several that must keep their distances. Every piece goes whole into one
memory, shifted by a multiple of the alignment. Parts of different pieces that live at the same time must not overlap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenafit.planning.problem import Interval

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """A buffer within a piece; its size is what it may touch. Times are half-open, there may be several."""

    offset_bytes: int
    size_bytes: int
    lives: tuple[Interval, ...]


@dataclass(frozen=True)
class Piece:
    """Parts that keep their distances, the lowest at an offset below the alignment; its cost in each memory.

    A cost of None forbids the memory.
    """

    parts: tuple[Part, ...]
    costs: tuple[int | None, ...]

    @cached_property
    def span_bytes(self) -> int:
        """Where the highest part ends."""
        return max(part.offset_bytes + part.size_bytes for part in self.parts)

    @cached_property
    def memories(self) -> tuple[int, ...]:
        """The memories it may go to, cheapest first."""
        allowed = [(cost, index) for index, cost in enumerate(self.costs) if cost is not None]
        return tuple(index for _, index in sorted(allowed))

    @cached_property
    def regret(self) -> int:
        """How much more it costs in its dearest memory than in its cheapest."""
        known = [cost for cost in self.costs if cost is not None]
        return max(known) - min(known)

    @cached_property
    def rows(self) -> Ints:
        """A row (begin, end, first, end of life) for each part and each of its lives; bytes from the piece's own 0."""
        return np.array(
            [
                (part.offset_bytes, part.offset_bytes + part.size_bytes, live.first, live.end)
                for part in self.parts
                for live in part.lives
            ],
            dtype=np.int64,
        ).reshape(-1, 4)


@dataclass(frozen=True)
class RegionProblem:
    """Pieces, the capacities of the memories they may go to, and the step in which pieces are shifted."""

    pieces: tuple[Piece, ...]
    capacities_bytes: tuple[int, ...]
    alignment_bytes: int = 16


@dataclass(frozen=True, slots=True)
class RegionPlan:
    """Where every piece goes: a memory and a shift each; None for pieces that found no place."""

    places: tuple[tuple[int, int] | None, ...]

    def tops_bytes(self, problem: RegionProblem) -> tuple[int, ...]:
        """Return how far each memory is filled."""
        tops = [0] * len(problem.capacities_bytes)
        for piece, place in zip(problem.pieces, self.places, strict=True):
            if place is not None:
                tops[place[0]] = max(tops[place[0]], place[1] + piece.span_bytes)
        return tuple(tops)

    def cost(self, problem: RegionProblem) -> int:
        """Return the sum of the pieces' costs where they lie."""
        return sum(
            piece.costs[place[0]] or 0
            for piece, place in zip(problem.pieces, self.places, strict=True)
            if place is not None
        )

    def unplaced_bytes(self, problem: RegionProblem) -> int:
        """Return the bytes of pieces without a place; an empty piece counts as one, so that it is given one, too."""
        left = (piece for piece, place in zip(problem.pieces, self.places, strict=True) if place is None)
        return sum(max(1, piece.span_bytes) for piece in left)


@dataclass
class Filling:
    """One memory with pieces in it."""

    capacity_bytes: int
    alignment_bytes: int
    shifts: dict[int, int] = field(default_factory=dict)
    _rows: Any = None
    _used: int = 0

    def put(self, key: int, piece: Piece) -> bool:
        """Put a piece at the lowest shift at which it fits; False if there is none."""
        shift = self._lowest(piece)
        if shift is None:
            return False
        rows = piece.rows
        self._grow(len(rows))
        kept = self._rows[self._used : self._used + len(rows)]
        kept[:] = rows
        kept[:, :2] += shift
        self._used += len(rows)
        self.shifts[key] = shift
        return True

    def _grow(self, more: int) -> None:
        if self._rows is None:
            self._rows = np.empty((max(64, more), 4), dtype=np.int64)
        while self._used + more > len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])

    def _lowest(self, piece: Piece) -> int | None:
        """Return the lowest shift at which no part meets a part that lives at the same time."""
        most = self.capacity_bytes - piece.span_bytes
        if most < 0:
            return None
        blocked = [] if self._rows is None else list(_blocked(piece.rows, self._rows[: self._used]))
        return _first_free(np.concatenate(blocked) if blocked else None, most, self.alignment_bytes)


def _blocked(rows: Ints, placed: Ints) -> Any:
    """Yield the open ranges of shifts that bring a part onto a placed one living at the same time."""
    for begin, end, first, last in rows.tolist():
        meets = placed[(placed[:, 2] < last) & (placed[:, 3] > first)]
        if len(meets):
            yield np.stack([meets[:, 0] - end, meets[:, 1] - begin], axis=1)


def _first_free(blocked: Ints | None, most: int, alignment: int) -> int | None:
    shift = 0
    if blocked is not None:
        blocked = blocked[blocked[:, 1] > 0]
        for low, high in blocked[np.argsort(blocked[:, 0], kind="stable")].tolist():
            if shift <= low:
                break  # all later ranges begin at least as high
            if shift < high:
                shift = -(-high // alignment) * alignment
    return shift if shift <= most else None


def check(problem: RegionProblem, spread: RegionPlan) -> str | None:
    """Return what is wrong with a spread, None if nothing: every piece in one memory, inside it, meeting no other."""
    placed: Mapping[int, list[tuple[int, Ints]]] = {index: [] for index in range(len(problem.capacities_bytes))}
    for key, (piece, place) in enumerate(zip(problem.pieces, spread.places, strict=True)):
        if place is None:
            return f"piece {key} has no place"
        memory, shift = place
        if piece.costs[memory] is None:
            return f"piece {key} lies in a memory it may not go to"
        if shift < 0 or shift % problem.alignment_bytes:
            return f"piece {key} is shifted by {shift}"
        if shift + piece.span_bytes > problem.capacities_bytes[memory]:
            return f"piece {key} ends behind memory {memory}"
        rows = piece.rows + np.array([shift, shift, 0, 0], dtype=np.int64)
        for other, theirs in placed[memory]:
            if _meet(rows, theirs):
                return f"pieces {other} and {key} meet in memory {memory}"
        placed[memory].append((key, rows))
    return None


def _meet(rows: Ints, others: Ints) -> bool:
    for begin, end, first, last in rows.tolist():
        apart = (others[:, 0] >= end) | (others[:, 1] <= begin) | (others[:, 2] >= last) | (others[:, 3] <= first)
        if not bool(apart.all()):
            return True
    return False


def fill(problem: RegionProblem, memory: int, order: Sequence[int]) -> Filling | None:
    """Return the memory with these pieces put in one after the other, None if one of them does not fit."""
    filling = Filling(problem.capacities_bytes[memory], problem.alignment_bytes)
    return filling if all(filling.put(key, problem.pieces[key]) for key in order) else None
