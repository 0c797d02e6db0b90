"""The search for a mixed model, on a made-up model whose loss and memory are sums over its operators."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from arenafit.accuracy.precision import Precision
from arenafit.errors import BudgetError
from arenafit.ir import OpId
from arenafit.quantize.mixed import MOST_TRIALS, MixedObjective, choose
from arenafit.quantize.sensitivity import Sensitivity


@dataclass
class SumBench:
    """Each operator in int8 adds `noise[op]` to the loss; each in int16 adds `price[op]` to the arena."""

    noise: list[float]
    price: list[int]
    tried: list[frozenset[int]] = field(default_factory=list)

    @property
    def source(self) -> Any:
        return SimpleNamespace(quantisable=tuple(SimpleNamespace(id=OpId(op)) for op in range(len(self.noise))))

    def try_out(self, wanted: Mapping[OpId, Precision]) -> Any:
        raised = {op for op, precision in wanted.items() if precision is Precision.INT16}
        self.tried.append(frozenset(raised))
        drop = sum(noise for op, noise in enumerate(self.noise) if op not in raised)
        return SimpleNamespace(drop=drop, arena_bytes=1000 + sum(self.price[op] for op in raised))

    def ranked(self) -> list[Sensitivity]:
        order = sorted(range(len(self.noise)), key=lambda op: -self.noise[op])
        return [Sensitivity(OpId(op), "CONV_2D", f"t{op}", self.noise[op], 0, 0) for op in order]


@pytest.fixture
def bench() -> SumBench:
    return SumBench([0.001, 0.3, 0.002, 0.1, 0.0001], [10, 20, 30, 40, 50])


def chosen(bench: SumBench, max_drop: float | None, ram_bytes: int | None) -> tuple[set[int], Any]:
    found = choose(bench, bench.ranked(), MixedObjective(max_drop, ram_bytes))  # type: ignore[arg-type]
    return set(found.raised), found.trial


@pytest.mark.parametrize(
    ("max_drop", "raised"), [(0.5, set()), (0.15, {1}), (0.01, {1, 3}), (0.0015, {1, 2, 3}), (0.0, {0, 1, 2, 3, 4})]
)
def test_the_fewest_that_suffice_are_raised(bench: SumBench, max_drop: float, raised: set[int]) -> None:
    found, trial = chosen(bench, max_drop, None)
    assert found == raised
    assert trial.drop <= max_drop


@pytest.mark.parametrize(
    ("ram", "raised"), [(1000, set()), (1020, {1}), (1060, {1, 3}), (1090, {1, 2, 3}), (9999, {0, 1, 2, 3, 4})]
)
def test_as_many_as_fit_are_raised(bench: SumBench, ram: int, raised: set[int]) -> None:
    found, trial = chosen(bench, None, ram)
    assert found == raised
    assert trial.arena_bytes <= ram


def test_a_memory_nothing_fits(bench: SumBench) -> None:
    with pytest.raises(BudgetError, match="no mixed model fits 999 bytes: the smallest found needs 1,000"):
        chosen(bench, None, 999)


def test_a_loss_nothing_keeps() -> None:
    bench = SumBench([0.1, 0.1], [1, 1])
    bench.try_out = lambda wanted: SimpleNamespace(drop=0.2, arena_bytes=1)  # type: ignore[method-assign]
    with pytest.raises(BudgetError, match=r"even int16x8 loses 20.00%, more than the 1.00% allowed"):
        chosen(bench, 0.01, None)


def test_both_goals_at_once(bench: SumBench) -> None:
    assert chosen(bench, 0.01, 1060)[0] == {1, 3}
    with pytest.raises(BudgetError, match=r"with a loss of at most 1.00% fits 1,059 bytes"):
        chosen(bench, 0.01, 1059)


def test_an_operator_whose_int8_fails_is_always_raised(bench: SumBench) -> None:
    ranked = [*bench.ranked()[:-1], Sensitivity(OpId(4), "ADD", "t4", float("inf"), 0, 0, "no")]
    found = choose(bench, ranked, MixedObjective(0.5, None))  # type: ignore[arg-type]
    assert set(found.raised) == {4}
    assert all(4 in raised for raised in bench.tried)


def test_no_choice_is_tried_twice_and_the_search_ends() -> None:
    many = SumBench([0.001 * (op + 1) for op in range(100)], [1] * 100)
    chosen(many, 0.5, None)
    assert len(many.tried) == len(set(many.tried)) <= MOST_TRIALS + 1
