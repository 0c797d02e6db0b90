"""Compounds: placements are valid, never below the bound, and optimal on tiny cases by brute force."""

from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arenafit.planning.compound import Block, Compound, CompoundPlan, Overlap, place
from arenafit.planning.ranges import covered_bytes

UNIT = 16


def clashes(compounds: list[Compound], offsets: tuple[int, ...], overlaps: list[Overlap]) -> list[tuple[int, int]]:
    """Pairs that share bytes at some step and may not: the definition, block by block."""
    found = []
    for one, other in product(range(len(compounds)), repeat=2):
        if one >= other or _permitted(one, other, offsets, overlaps):
            continue
        for first, second in product(compounds[one].blocks, compounds[other].blocks):
            in_time = first.first < second.end and second.first < first.end
            low, high = offsets[one] + first.low_bytes, offsets[one] + first.high_bytes
            other_low, other_high = offsets[other] + second.low_bytes, offsets[other] + second.high_bytes
            if in_time and low < other_high and other_low < high:
                found.append((one, other))
    return found


def _permitted(one: int, other: int, offsets: tuple[int, ...], overlaps: list[Overlap]) -> bool:
    for overlap in overlaps:
        if {overlap.first, overlap.second} != {one, other}:
            continue
        distance = offsets[overlap.second] - offsets[overlap.first]
        above = overlap.lowest_bytes is None or distance >= overlap.lowest_bytes
        if above and (overlap.highest_bytes is None or distance <= overlap.highest_bytes):
            return True
    return False


def checked(compounds: list[Compound], overlaps: list[Overlap] | None = None) -> CompoundPlan:
    allowed = overlaps or []
    found = place(compounds, allowed)
    assert clashes(compounds, found.offsets_bytes, allowed) == []
    assert all(offset >= 0 and offset % UNIT == 0 for offset in found.offsets_bytes)
    ends = [offset + item.size_bytes for offset, item in zip(found.offsets_bytes, compounds, strict=True)]
    assert max(ends, default=0) <= found.height_bytes < max(ends, default=0) + UNIT
    assert found.height_bytes >= found.bound_bytes
    return found


def lowest_height(compounds: list[Compound], overlaps: list[Overlap], most: int) -> int:
    """The optimum over all multiples of the alignment up to `most`, by trying them."""
    sizes = [-(-item.size_bytes // UNIT) * UNIT for item in compounds]
    best = most
    for offsets in product(*(range(0, max(0, most - size) + 1, UNIT) for size in sizes)):
        height = max(offset + size for offset, size in zip(offsets, sizes, strict=True))
        if height < best and not clashes(compounds, offsets, overlaps):
            best = height
    return best


def plain(size: int, first: int, end: int) -> Compound:
    return Compound((Block(0, size, first, end),))


@st.composite
def many(draw: st.DrawFn, most: int, steps: int = 6) -> list[Compound]:
    def block() -> Block:
        low, size = draw(st.integers(0, 3)) * 8, draw(st.integers(1, 5)) * 8
        first = draw(st.integers(0, steps - 1))
        return Block(low, low + size, first, draw(st.integers(first + 1, steps)))

    return [Compound(tuple(block() for _ in range(draw(st.integers(1, 3))))) for _ in range(draw(st.integers(1, most)))]


@settings(max_examples=150, deadline=None)
@given(compounds=many(most=9))
def test_placements_are_valid_and_not_below_the_bound(compounds: list[Compound]) -> None:
    checked(compounds)


@settings(max_examples=60, deadline=None)
@given(compounds=many(most=3, steps=4))
def test_three_compounds_are_placed_best(compounds: list[Compound]) -> None:
    found = checked(compounds)
    # So few are placed in every order; the one that places them by where they end up in the best plan finds it.
    assert found.height_bytes == lowest_height(compounds, [], found.height_bytes)


@settings(max_examples=60, deadline=None)
@given(
    compounds=many(most=5),
    lowest=st.none() | st.integers(-6, 3).map(lambda value: value * 8),
    width=st.none() | st.integers(0, 6).map(lambda value: value * 8),
)
def test_permitted_overlaps_are_kept_to(compounds: list[Compound], lowest: int | None, width: int | None) -> None:
    if len(compounds) < 2:
        return
    highest = None if width is None else (lowest or 0) + width
    found = checked(compounds, [Overlap(0, 1, lowest, highest)])
    alone = checked(compounds)
    assert found.height_bytes <= alone.height_bytes or len(compounds) > 2


def test_nothing_takes_no_room() -> None:
    assert place([]) == CompoundPlan((), 0, 0)


def test_what_never_lives_together_shares_an_address() -> None:
    found = checked([plain(64, 0, 1), plain(48, 1, 2), plain(32, 2, 3)])
    assert (found.offsets_bytes, found.height_bytes, found.bound_bytes) == ((0, 0, 0), 64, 64)


def test_blocks_of_a_compound_leave_holes_that_others_fill() -> None:
    # The compound needs its upper half early and its lower half late; the plain buffer fits where it is not needed.
    moving = Compound((Block(0, 64, 2, 4), Block(64, 128, 0, 2)))
    found = checked([moving, plain(64, 0, 2)])
    assert found.height_bytes == 128
    assert found.offsets_bytes == (0, 0)


def test_an_output_may_run_behind_its_source() -> None:
    source, output = plain(128, 0, 4), plain(128, 0, 4)
    assert checked([source, output]).height_bytes == 256
    assert checked([source, output], [Overlap(0, 1, None, 0)]).height_bytes == 128
    # It must begin 40 bytes before: with addresses of 16 bytes, 48.
    assert checked([source, output], [Overlap(0, 1, None, -40)]).height_bytes == 176


def test_the_order_of_an_overlap_does_not_matter() -> None:
    source, output = plain(128, 0, 4), plain(128, 0, 4)
    assert checked([output, source], [Overlap(1, 0, None, -40)]).height_bytes == 176
    assert checked([output, source], [Overlap(0, 1, 40, None)]).height_bytes == 176


def test_placing_is_deterministic() -> None:
    compounds = [plain(16 * size, first, first + 3) for size, first in zip((3, 5, 2, 7, 4, 6), range(6), strict=True)]
    assert len({place(compounds, seed=3) for _ in range(3)}) == 1


@pytest.mark.parametrize("order", list(permutations([(0, 4), (2, 8), (10, 12)])))
def test_covered_bytes_count_each_byte_once(order: list[tuple[int, int]]) -> None:
    assert covered_bytes(order) == 10
    assert covered_bytes([]) == 0
