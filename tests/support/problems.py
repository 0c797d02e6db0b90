"""Memory planning problems for tests: hypothesis strategies, NN-like generators and a brute-force optimum."""

import random
from collections.abc import Iterator
from dataclasses import replace

from hypothesis import strategies as st

from arenafit.planning.problem import Buffer, BufferId, Interval, Problem, Share

Row = tuple[int, int, int]
Placed = tuple[Buffer, int]


def problem_of(
    *rows: Row, shares: tuple[Share, ...] = (), fixed: dict[int, int] | None = None, align: int = 1
) -> Problem:
    """Return a problem of (size, first, end) rows with ids 0, 1, … and the offsets of the `fixed` ones."""
    buffers = tuple(
        Buffer(BufferId(index), size, Interval(first, end), (fixed or {}).get(index))
        for index, (size, first, end) in enumerate(rows)
    )
    return Problem(buffers, shares, align)


def share(first: int, second: int, lowest: int | None = 0, highest: int | None = 0) -> Share:
    """Return a share of plain integers."""
    return Share(BufferId(first), BufferId(second), lowest, highest)


@st.composite
def shares_of(draw: st.DrawFn, buffers: tuple[Buffer, ...], largest: int) -> tuple[Share, ...]:
    """Some shares between different buffers: in place, bounded on one side or both, unbounded, rigid, empty."""
    ids = st.sampled_from([buffer.id for buffer in buffers])
    distance = st.one_of(st.just(0), st.none(), st.integers(-largest, largest))
    drawn = draw(st.lists(st.tuples(ids, ids, distance, distance), max_size=4))
    return tuple(Share(first, second, low, high) for first, second, low, high in drawn if first != second)


@st.composite
def problems(
    draw: st.DrawFn,
    *,
    max_buffers: int = 12,
    max_size: int = 200,
    with_shares: bool = True,
    with_fixed: bool = True,
    alignments: tuple[int, ...] = (1, 4, 16),
) -> Problem:
    """A problem whose fixed buffers, if any, do not collide: every planner must solve it."""
    alignment = draw(st.sampled_from(alignments))
    row = st.tuples(st.integers(0, max_size), st.integers(0, 8), st.integers(0, 5))
    rows = draw(st.lists(row, max_size=max_buffers))
    buffers = tuple(
        Buffer(BufferId(index), size, Interval(first, first + length))
        for index, (size, first, length) in enumerate(rows)
    )
    shares = draw(shares_of(buffers, max_size)) if with_shares and len(buffers) > 1 else ()
    if with_fixed and buffers:
        buffers = draw(_some_fixed(buffers, alignment))
    return Problem(buffers, shares, alignment)


@st.composite
def _some_fixed(draw: st.DrawFn, buffers: tuple[Buffer, ...], alignment: int) -> tuple[Buffer, ...]:
    """Fix a few buffers, one above another with gaps between, so that none collide."""
    chosen = draw(st.sets(st.sampled_from(range(len(buffers))), max_size=3))
    fixed, top = list(buffers), 0
    for index in sorted(chosen):
        offset = top + draw(st.integers(0, 3)) * 16 * alignment
        fixed[index] = replace(buffers[index], fixed_offset_bytes=offset)
        top = -(-(offset + buffers[index].size_bytes) // alignment) * alignment
    return tuple(fixed)


def tiny_problems(*, with_shares: bool, with_fixed: bool = False) -> st.SearchStrategy[Problem]:
    """Problems small enough for `brute_force_bytes`."""
    return problems(max_buffers=5, max_size=4, with_shares=with_shares, with_fixed=with_fixed, alignments=(1, 2))


def brute_force_bytes(problem: Problem) -> int:
    """Return the optimal height by trying every aligned offset for every buffer."""
    unit = problem.alignment_bytes
    sizes = {buffer.id: -(-buffer.size_bytes // unit) * unit for buffer in problem.buffers}
    fixed_top = max(
        (b.fixed_offset_bytes + sizes[b.id] for b in problem.buffers if b.fixed_offset_bytes is not None), default=0
    )
    best = fixed_top + sum(sizes.values()) + unit
    order = sorted(problem.buffers, key=lambda b: (b.fixed_offset_bytes is None, -b.size_bytes))

    def fits(placed: dict[BufferId, int], buffer: Buffer, offset: int) -> bool:
        return all(
            _compatible(problem, sizes, (problem.by_id[key], at), (buffer, offset)) for key, at in placed.items()
        )

    def search(index: int, placed: dict[BufferId, int], height: int) -> None:
        nonlocal best
        if height >= best:
            return
        if index == len(order):
            best = height
            return
        buffer = order[index]
        for offset in _offsets(buffer, best - sizes[buffer.id], unit):
            if fits(placed, buffer, offset):
                search(index + 1, {**placed, buffer.id: offset}, max(height, offset + sizes[buffer.id]))

    search(0, {}, 0)
    return best


def _offsets(buffer: Buffer, end: int, unit: int) -> Iterator[int]:
    if buffer.fixed_offset_bytes is not None:
        yield buffer.fixed_offset_bytes
        return
    yield from range(0, max(end, 0), unit)


def _compatible(problem: Problem, sizes: dict[BufferId, int], one: Placed, other: Placed) -> bool:
    (a, a_at), (b, b_at) = one, other
    if not (a.live.first < b.live.end and b.live.first < a.live.end):
        return True
    if min(a_at + sizes[a.id], b_at + sizes[b.id]) <= max(a_at, b_at):
        return True
    return any(
        (s.first == a.id and s.second == b.id and s.distances.permits(b_at - a_at))
        or (s.first == b.id and s.second == a.id and s.distances.permits(a_at - b_at))
        for s in problem.shares
    )


def network_like(seed: int, count: int, *, shared: bool = True) -> Problem:
    """Return a problem shaped like a network's: a chain with skips, in-place steps, outputs that trail their inputs.

    A few buffers are pieces at a fixed distance within a larger one, as a concatenation in place makes them.
    """
    draw = random.Random(seed)  # noqa: S311 - test data, not a secret
    buffers: list[Buffer] = []
    shares: list[Share] = []
    size = draw.randrange(8, 96) * 1024
    for index in range(count):
        skip = draw.choice((0, 0, 0, 0, 1, 3, draw.randrange(1, 12)))
        buffers.append(Buffer(BufferId(index), size, Interval(index, min(index + 2 + skip, count + 1))))
        kind = draw.random() if index and shared else 1.0
        previous = buffers[index - 1] if index else buffers[index]
        if kind < 0.35 and previous.live.end == index + 1:
            buffers[index] = replace(buffers[index], size_bytes=previous.size_bytes)
            shares.append(Share(previous.id, BufferId(index), 0, 0))
        elif kind < 0.5:
            shares.append(Share(previous.id, BufferId(index), None, -draw.randrange(0, 1 + size // 2)))
        elif kind < 0.55:
            shares.append(Share(previous.id, BufferId(index), 64 * draw.randrange(4), 64 * draw.randrange(4, 8)))
        size = max(16, int(size * draw.choice((0.25, 0.5, 0.9, 1, 1, 1, 1.1, 2, 4))) % (160 * 1024))
    return Problem(tuple(buffers), tuple(shares), 16)
