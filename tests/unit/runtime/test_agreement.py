"""Differences beyond rounding, looked for in pieces."""

from typing import Any

import numpy as np
import pytest

from arenafit.runtime import Outputs, RuntimeId
from arenafit.runtime.agreement import gross_difference

_ID = RuntimeId("fake", "1", "none", "none")
random = np.random.default_rng(3)


def outputs(*arrays: Any) -> Outputs:
    return Outputs("", _ID, (), (), tuple((np.asarray(array),) for array in arrays))


def batches(dtype: str = "float32") -> list[np.ndarray]:
    return [random.uniform(-50, 50, (3, 11)).astype(dtype) for _ in range(3)]


@pytest.mark.parametrize("piece", [7, 1 << 20])
def test_the_worst_place_is_found_in_any_piece(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arenafit.runtime.agreement._PIECE", piece)
    meant = batches()
    found = [array.copy() for array in meant]
    assert gross_difference(outputs(*meant), outputs(*found)) is None
    found[1][2, 4] += 60  # beyond a tenth of the range, 100
    meant[2][0, 0], found[2][0, 0] = 1.0, 91.0
    clause = gross_difference(outputs(*meant), outputs(*found))
    assert clause == "output 0: 91 where 1 is meant, 2% of the elements are as far off"
    found[0][1, 1] = np.nan
    assert gross_difference(outputs(*meant), outputs(*found)) == "output 0: 1 of 99 elements are NaN in only one"


@pytest.mark.parametrize("piece", [7, 1 << 20])
def test_the_range_of_all_pieces_counts_and_infinities_do_not(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arenafit.runtime.agreement._PIECE", piece)
    meant = np.zeros(30, np.float32)
    meant[29], meant[3] = 1000.0, np.inf
    found = meant.copy()
    found[0] += 99
    assert gross_difference(outputs(meant), outputs(found)) is None
    found[0] += 2
    assert gross_difference(outputs(meant), outputs(found)) is not None
    assert gross_difference(outputs([np.inf, np.nan]), outputs([np.inf, np.nan])) is None


def test_eight_steps_of_an_integer_are_rounding_and_wide_integers_are_not_judged() -> None:
    meant = np.zeros(4, np.int8)
    assert gross_difference(outputs(meant), outputs(meant + np.int8(8))) is None
    assert gross_difference(outputs(meant), outputs(meant + np.int8(9))) is not None
    assert gross_difference(outputs(meant.astype(np.int32)), outputs(meant.astype(np.int32) + 99)) is None
    assert gross_difference(outputs(meant), outputs(meant[:3])) == "output 0: 4 elements against 3"
