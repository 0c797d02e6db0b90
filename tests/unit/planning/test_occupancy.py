"""Bytes occupied from step to step, against counting them."""

from hypothesis import given
from hypothesis import strategies as st

from arenafit.planning.occupancy import Occupancy, _Cover

_SPANS = st.lists(
    st.tuples(st.integers(-1, 12), st.integers(-1, 12), st.integers(0, 20), st.integers(0, 20)), max_size=12
)


@given(_SPANS)
def test_memory_that_is_shared_counts_once(spans: list[tuple[int, int, int, int]]) -> None:
    found = Occupancy(spans)
    for step in range(-3, 15):
        alive = [range(low, high) for first, end, low, high in spans if first <= step < end]
        assert found.at(step) == len({byte for span in alive for byte in span})


@given(_SPANS, st.integers(-2, 13), st.integers(-2, 13))
def test_the_most_in_an_interval_is_that_of_its_steps(
    spans: list[tuple[int, int, int, int]], first: int, end: int
) -> None:
    found = Occupancy(spans)
    assert found.most_in(first, end) == max((found.at(step) for step in range(first, end)), default=0)


def test_a_change_looks_at_a_logarithm_of_the_pieces() -> None:
    looked = []

    class Counting(_Cover):
        def _change(self, by: int, span: tuple[int, int], node: int, pieces: tuple[int, int]) -> None:
            looked.append(node)
            super()._change(by, span, node, pieces)

    cover = Counting(list(range(4097)))
    cover.change(1, 1, 4095)

    assert cover.covered_bytes == 4094
    assert len(looked) < 4 * 13
