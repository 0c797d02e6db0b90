"""Counted work against counting one by one; least squares against the conditions of its optimum."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arenafit.costs.ops._elementwise import loop_nest
from arenafit.costs.window import taps_inside
from calibration.least_squares import nnls

small = st.integers(1, 9)


@given(st.tuples(small, small, small), st.integers(1, 4), st.integers(0, 3), st.integers(0, 12))
def test_taps_inside(sizes: tuple[int, int, int], stride: int, dilation: int, pad: int) -> None:
    size, out, kernel = sizes
    counted = sum(
        0 <= position * stride + tap * dilation - pad < size
        for position, tap in itertools.product(range(out), range(kernel))
    )
    assert taps_inside(size, out, kernel, stride=stride, dilation=dilation, pad=pad) == counted


def test_taps_of_a_huge_window_are_counted_at_once() -> None:
    # Of 2^30 taps of stride 2 every position meets the 6 rows in one tap each.
    assert taps_inside(6, 3, 1 << 30, stride=2, dilation=1, pad=(1 << 29) - 1) == 18
    assert taps_inside(1 << 30, 1 << 29, 1 << 30, stride=2, dilation=1, pad=0) == (1 << 29) * ((1 << 29) + 1)


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["both", "first", "second"])), max_size=5))
def test_fused_loops_walk_every_element(axes: list[tuple[int, str]]) -> None:
    first = tuple(1 if kind == "second" else size for size, kind in axes)
    second = tuple(1 if kind == "first" else size for size, kind in axes)
    out = tuple(size for size, _ in axes)
    loops, _ = loop_nest(first, second, out)
    assert np.prod(loops) == np.prod(out)
    # Equal shapes are one loop, whatever the rank.
    assert len(loop_nest(out, out, out)[0]) == 1


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 12))
def test_least_squares_is_optimal(seed: int, columns: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    matrix, target = random.uniform(-1, 1, (rows, columns)), random.uniform(-1, 1, rows)
    solution = nnls(matrix, target)
    gradient = matrix.T @ (target - matrix @ solution)
    assert (solution >= 0).all()
    assert (gradient <= 1e-6).all()
    assert np.abs(gradient[solution > 0]).max(initial=0.0) < 1e-6
