"""A search is bound by counted work: the same on a machine that is slow, or whose clock leaps."""

import pytest

from arenafit.errors import ConfigError
from arenafit.fit import Settings
from arenafit.fit.effort import EFFORTS, effort_steps
from arenafit.fit.search.driver import Search
from arenafit.ir import DType, Model
from arenafit.planning import work
from arenafit.tflite import write_bytes
from support.models import conv_chain


def searched(model: Model, effort: str | int) -> tuple[list[tuple[int, int]], bytes, int]:
    search = Search(model, Settings(effort=effort), lambda _: None)
    best = search.run()[0]
    return (
        [(one.arena_bytes, one.instructions) for one in search.found],
        write_bytes(best.priced.model),
        search.work.spent,
    )


@pytest.mark.parametrize("effort", [50, 400])
def test_the_clock_has_no_say(monkeypatch: pytest.MonkeyPatch, effort: int) -> None:
    expected = searched(conv_chain(DType.INT8), effort)
    hours = iter(range(0, 10**9, 3600))
    monkeypatch.setattr(work, "monotonic", lambda: float(next(hours)))
    assert searched(conv_chain(DType.INT8), effort) == expected


def test_more_effort_does_more_and_never_worse() -> None:
    little, much = (searched(conv_chain(DType.INT8), effort) for effort in (30, 2000))
    assert len(little[0]) < len(much[0])
    assert min(little[0]) >= min(much[0])


def test_a_search_stops_near_its_limit() -> None:
    _, _, spent = searched(conv_chain(DType.INT8), 100)
    assert 100_000 <= spent < 400_000


def test_efforts_are_names_or_thousands_of_steps() -> None:
    assert EFFORTS["fast"] < EFFORTS["default"] < EFFORTS["thorough"]
    assert effort_steps("fast") == 1000 * EFFORTS["fast"]
    assert effort_steps("7") == effort_steps(7) == 7000


@pytest.mark.parametrize("effort", ["much", "", "-1", "1.5", -1])
def test_what_is_no_effort_is_refused(effort: str | int) -> None:
    with pytest.raises(ConfigError, match="is no effort"):
        effort_steps(effort)
