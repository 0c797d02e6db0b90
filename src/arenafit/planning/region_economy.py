"""Fewer bytes of all memories together, for a little of what the fast ones save.

Several memories pack worse than one: what is hot fills the fast one wherever there is room, whether or not that lowers
what the slow one must hold at its fullest moment. Costs are predicted, and about right at best; so of spreads that are
nearly as cheap, the one that takes the fewest bytes is the better one, if it saves a larger share of them than it gives
up of what could be saved.

Each memory in turn gets a lower ceiling. What rises above it goes elsewhere, alone or in exchange for another piece,
as long as the cost keeps to its limit. All in integers, so that every machine finds the same.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from arenafit.planning.region_bound import occupancy
from arenafit.planning.region_packing import placed
from arenafit.planning.regions import Ints, RegionPlan, RegionProblem

_MOST_MOVES = 40  # for one ceiling
_MOST_TRIED = 400_000  # moves looked at, in all
_LIMITS = 3  # searches, each allowed half of what the one before was
_STEPS = 128  # a ceiling is lowered by no less than this part of the top


def thrifty(problem: RegionProblem, spread: RegionPlan, bound: int, given_up: float) -> RegionPlan:
    """Return a spread that takes fewer bytes for a part of what could be saved, at most `given_up`; the same if none.

    Of several, that whose share of bytes saved exceeds the share given up by most.
    """
    could, cost, taken = could_save(problem, bound), spread.cost(problem), sum(spread.tops_bytes(problem))
    best, best_loss = spread, 0
    for halved in range(_LIMITS):
        allowed = allowed_cost(problem, cost, bound, given_up / (1 << halved))
        found = economised(problem, spread, allowed)
        fewer = taken - sum(found.tops_bytes(problem))
        loss = (found.cost(problem) - cost) * taken - fewer * could
        if loss < best_loss:
            best, best_loss = found, loss
        if allowed == cost:
            break
    return best


def could_save(problem: RegionProblem, bound: int) -> int:
    """Return what a spread at the `bound` saves against all pieces in their dearest memories."""
    dearest = sum(max(one for one in piece.costs if one is not None) for piece in problem.pieces)
    return max(0, dearest - bound)


def allowed_cost(problem: RegionProblem, cost: int, bound: int, given_up: float) -> int:
    """Return what a spread may cost if it saves a part (1 - `given_up`) of what any could; never less than `cost`.

    What is saved is counted against all pieces in their dearest memories, and no spread costs less than `bound`.
    """
    return max(cost, bound + int(could_save(problem, bound) * given_up))


def economised(problem: RegionProblem, spread: RegionPlan, most_cost: int) -> RegionPlan:
    """Return a spread that takes fewer bytes of all memories together, at `most_cost` at most; the same if none is."""
    if any(place is None for place in spread.places):
        return spread
    economy = _Economy(problem, spread, most_cost)
    taken = -1
    while taken != economy.taken:
        taken = economy.taken
        for memory in range(len(problem.capacities_bytes)):
            economy.lower(memory)
    return economy.spread


@dataclass(frozen=True, slots=True)
class _Move:
    """A piece that changes its memory; maybe one that takes its place. What rises above ceilings then, and costs."""

    piece: int
    memory: int
    other: int | None
    above: int
    cost: int


@dataclass(frozen=True, slots=True)
class _State:
    """The memory of each piece, what each memory holds at each time, what all costs."""

    memories: Ints
    loads: Ints
    cost: int


_Choice = Callable[[_Move, int], tuple[float, ...]]


def _most_at_once(move: _Move, _: int) -> tuple[float, ...]:
    return (move.above, move.cost, move.piece, -1 if move.other is None else move.other)


def _most_for_its_cost(move: _Move, above: int) -> tuple[float, ...]:
    return (-(above - move.above) * 1000 // max(1, move.cost), *_most_at_once(move, above))


class _Economy:
    """A spread that gets lower, and the search for the next."""

    def __init__(self, problem: RegionProblem, spread: RegionPlan, most_cost: int) -> None:
        self.problem = problem
        self.most_cost = most_cost
        self.held, _ = occupancy(problem)
        self.tried = 0
        self._take(spread)

    def _take(self, spread: RegionPlan) -> None:
        self.spread = spread
        self.tops = list(spread.tops_bytes(self.problem))
        self.taken = sum(self.tops)

    def lower(self, memory: int) -> None:
        """Lower the ceiling of one memory, by less and less."""
        step = self.tops[memory]
        least = max(self.problem.alignment_bytes, step // _STEPS)
        while step >= least and self.tried < _MOST_TRIED:
            step = min(step, self.tops[memory])
            if not self._lowered(memory, step):
                step //= 2

    def _lowered(self, memory: int, step: int) -> bool:
        """Take a spread whose top in `memory` is lower by `step`, and higher elsewhere by less, if one is found."""
        rooms = self.problem.capacities_bytes
        ceilings = [min(room, top + step - 1) for room, top in zip(rooms, self.tops, strict=True)]
        ceilings[memory] = self.tops[memory] - step
        for choice in (_most_for_its_cost, _most_at_once):
            state = self._repaired(np.array(ceilings, dtype=np.int64), choice)
            if state is None:
                continue
            found = placed(self.problem, state.memories.tolist(), self.held)
            if found is not None and sum(found.tops_bytes(self.problem)) < self.taken:
                self._take(found)
                return True
        return False

    def _start(self) -> _State:
        memories = np.array([place[0] for place in self.spread.places if place is not None], dtype=np.int64)
        loads = np.stack(
            [self.held[memories == memory].sum(axis=0) for memory in range(len(self.problem.capacities_bytes))]
        )
        return _State(memories, loads, self.spread.cost(self.problem))

    def _repaired(self, ceilings: Ints, choice: _Choice) -> _State | None:
        """Return pieces in other memories so that no memory holds more than its ceiling, None if none are found."""
        state = self._start()
        above = _above(state.loads, ceilings)
        for _ in range(_MOST_MOVES):
            if not above:
                return state
            found = [move for move in self._moves(state, ceilings, exchange=False) if move.above < above]
            if not found:
                found = [move for move in self._moves(state, ceilings, exchange=True) if move.above < above]
            if not found:
                return None
            best = min(found, key=lambda move: choice(move, above))
            state, above = self._moved(state, best), best.above
        return None

    def _moves(self, state: _State, ceilings: Ints, *, exchange: bool) -> Iterator[_Move]:
        full = state.loads > ceilings[:, None]
        for memory in np.flatnonzero(full.any(axis=1)).tolist():
            inside = np.flatnonzero((state.memories == memory) & (self.held[:, full[memory]].sum(axis=1) > 0))
            for piece in inside.tolist():
                for other in self.problem.pieces[piece].memories:
                    if other != memory:
                        yield from self._to(state, ceilings, (piece, memory, other), exchange=exchange)

    def _to(self, state: _State, ceilings: Ints, way: tuple[int, int, int], *, exchange: bool) -> Iterator[_Move]:
        """Yield what becomes of moving a piece from one memory to another, alone or for one that lies there."""
        piece, here, there = way
        if self.problem.pieces[piece].span_bytes > self.problem.capacities_bytes[there]:
            return
        loads = state.loads.copy()
        loads[here] -= self.held[piece]
        loads[there] += self.held[piece]
        spent = state.cost + self._dearer(piece, here, there)
        if not exchange:
            self.tried += 1
            if spent <= self.most_cost:
                yield _Move(piece, there, None, _above(loads, ceilings), spent - state.cost)
            return
        over = loads[there] > ceilings[there]
        meets = self.held[:, over].sum(axis=1) > 0 if over.any() else self.held.any(axis=1)
        for other in np.flatnonzero((state.memories == there) & meets).tolist():
            self.tried += 1
            cost = spent + self._dearer(other, there, here)
            if here not in self.problem.pieces[other].memories or cost > self.most_cost:
                continue
            loads[here] += self.held[other]
            loads[there] -= self.held[other]
            yield _Move(piece, there, other, _above(loads, ceilings), cost - state.cost)
            loads[here] -= self.held[other]
            loads[there] += self.held[other]

    def _dearer(self, piece: int, here: int, there: int) -> int:
        costs = self.problem.pieces[piece].costs
        return (costs[there] or 0) - (costs[here] or 0)

    def _moved(self, state: _State, move: _Move) -> _State:
        memories, loads = state.memories.copy(), state.loads.copy()
        here = int(memories[move.piece])
        for piece, source, goal in ((move.piece, here, move.memory), (move.other, move.memory, here)):
            if piece is not None:
                memories[piece] = goal
                loads[source] -= self.held[piece]
                loads[goal] += self.held[piece]
        return replace(state, memories=memories, loads=loads, cost=state.cost + move.cost)


def _above(loads: Ints, ceilings: Ints) -> int:
    """Return the bytes that are held above ceilings, summed up over time."""
    return int(np.maximum(loads - ceilings[:, None], 0).sum())
