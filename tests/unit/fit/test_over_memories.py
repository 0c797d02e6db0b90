from pathlib import Path

import pytest

from arenafit import fit_model
from arenafit.errors import BudgetError, ConfigError
from arenafit.fit import Settings
from arenafit.fit.over_memories import spreads
from arenafit.fit.search.candidates import Candidate
from arenafit.fit.search.driver import Search
from arenafit.memories import faults
from arenafit.targets.memories import read_memories
from arenafit.tflite import write_bytes
from support.models import conv_chain

SIZE = 48
FAST = "fast=12K"


@pytest.fixture(scope="module")
def found() -> list[Candidate]:
    return Search(conv_chain(size=SIZE), Settings(effort="fast", ram_bytes=12 * 1024), lambda _: None).run()


def best(found: list[Candidate], *memories: str) -> Candidate:
    return spreads(found, Settings(regions=read_memories(memories)))[0].candidate


def test_a_model_is_streamed_only_where_slow_memory_costs_more(found: list[Candidate]) -> None:
    near, far = best(found, FAST, "slow=1M:1"), best(found, FAST, "slow=1M:400")
    assert near.instructions < far.instructions
    assert far.arena_bytes < near.arena_bytes


def test_the_fastest_comes_first_and_every_plan_stands_the_replay(found: list[Candidate]) -> None:
    over = spreads(found, Settings(regions=read_memories([FAST, "slow=1M:20"])))
    assert len(over) > 1
    assert [one.cycles for one in over] == sorted(one.cycles for one in over)
    assert all(faults(one.plan) == () for one in over)
    assert all(one.cycles >= one.candidate.instructions for one in over)
    assert all(one.fast_bytes == one.plan.sizes_bytes[0] <= 12 * 1024 for one in over)


def test_what_fits_no_memory_is_left_out(found: list[Candidate]) -> None:
    assert max(one.arena_bytes for one in found) > 12 * 1024
    assert 0 < len(spreads(found, Settings(regions=read_memories(["only=12K"])))) < len(found)


def test_that_nothing_fits_is_said(found: list[Candidate]) -> None:
    with pytest.raises(BudgetError, match=r"name a larger one|no place is found"):
        spreads(found, Settings(regions=read_memories(["only=1K"])))


def test_fit_over_memories_is_proved_and_says_where_buffers_lie(tmp_path: Path) -> None:
    model, output = tmp_path / "chain.tflite", tmp_path / "fit.tflite"
    model.write_bytes(write_bytes(conv_chain(size=SIZE)))
    document = fit_model(model, output, effort="fast", memories=(FAST, "slow=1M:400"))
    assert document.memories is not None
    assert document.memories.memories[0].taken_bytes <= 12 * 1024
    assert document.answer is not None
    assert document.answer.fits
    assert f"--memory fast={12 * 1024}:1/1" in document.answer.next[0].command
    assert all(item.fast_bytes is not None and item.cycles is not None for item in document.front)


def test_memories_and_an_arena_are_not_both_asked_for(tmp_path: Path) -> None:
    model = tmp_path / "chain.tflite"
    model.write_bytes(write_bytes(conv_chain()))
    with pytest.raises(ConfigError, match="goes without --ram"):
        fit_model(model, tmp_path / "out.tflite", ram="8K", memories=(FAST,))
    with pytest.raises(ConfigError, match="--smallest"):
        fit_model(model, tmp_path / "out.tflite", smallest=True, memories=(FAST,))
