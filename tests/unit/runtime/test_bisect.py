from hypothesis import given
from hypothesis import strategies as st

from arenafit.runtime.bisect import smallest_working_arena


@given(st.integers(1, 100_000), st.integers(0, 100_000))
def test_the_smallest_is_found_from_any_guess(needed_bytes: int, guess_bytes: int) -> None:
    found = smallest_working_arena(lambda size: size >= needed_bytes, guess_bytes, 1 << 20)

    assert found == -(-needed_bytes // 16) * 16


@given(st.integers(1, 100_000))
def test_a_right_guess_costs_two_probes(needed_bytes: int) -> None:
    asked: list[int] = []

    def works(size: int) -> bool:
        asked.append(size)
        return size >= needed_bytes

    smallest_working_arena(works, needed_bytes, 1 << 20)

    assert len(asked) == (2 if needed_bytes > 16 else 1)


@given(st.integers(0, 1 << 20))
def test_nothing_is_asked_beyond_the_limit(guess_bytes: int) -> None:
    asked: list[int] = []

    def never(size: int) -> bool:
        asked.append(size)
        return False

    assert smallest_working_arena(never, guess_bytes, 1 << 20) is None
    assert max(asked) <= 1 << 20
    assert len(asked) < 40
