from pathlib import Path

import pytest

from arenafit import check_models
from arenafit.check import BudgetLimits
from arenafit.errors import ConfigError, TargetError
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint
from support.models import conv_chain


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "chain.tflite"
    file.write_bytes(write_bytes(conv_chain()))
    return file


def config(folder: Path, memories: str, more: str = "") -> Path:
    file = folder / "arenafit.toml"
    file.write_text(f'[budget]\nmodels = ["*.tflite"]\nmemories = {memories}\n{more}', encoding="utf-8")
    return file


def test_each_memory_is_a_limit(model: Path) -> None:
    document = check_models([model], BudgetLimits(memories=("fast=2K", "slow=64K:4")))
    (row,) = document.checks
    assert document.holds
    assert [(one.what, one.limit_bytes) for one in row.findings] == [("memory", 2048), ("memory", 65_536)]
    assert all(0 <= one.actual_bytes <= one.limit_bytes for one in row.findings)
    assert sum(one.actual_bytes for one in row.findings) > 2048


def test_memories_that_are_too_small_break_the_budget(model: Path) -> None:
    document = check_models([model], BudgetLimits(memories=("fast=2K", "slow=2K:4")))
    assert not document.holds
    assert document.checks[0].broken[0].startswith("memories: ")


def test_a_configuration_may_name_memories(model: Path, tmp_path: Path) -> None:
    file = config(tmp_path, '["fast=2K", "slow=64K"]')
    assert [one.what for one in check_models(config=file).checks[0].findings] == ["memory", "memory"]
    assert model.exists()


def test_the_memories_of_a_board_need_not_hold_the_arena_each(tmp_path: Path) -> None:
    arena = footprint(conv_chain(), CORTEX_M4).min_arena_bytes
    (tmp_path / "chain.tflite").write_bytes(write_bytes(conv_chain()))
    size = arena - 1024
    (tmp_path / "two.toml").write_text(
        'title = "Two"\nmcu = "m"\ncore = "c"\nabi = "ilp32"\nkernels = "cmsis-nn-dsp"\nflash_bytes = 1_000_000\n'
        'flash_reserve_bytes = 0\nsources = ["made up"]\n'
        f'[[ram]]\nname = "A"\nspeed = "tcm"\nsize_bytes = {size}\n'
        f'[[ram]]\nname = "B"\nspeed = "sram"\nsize_bytes = {size}\n',
        encoding="utf-8",
    )
    plain = check_models(config=config(tmp_path, '["board"]', 'board = "two.toml"\n'))
    assert plain.holds
    assert {one.what for one in plain.checks[0].findings} == {"board-flash", "memory"}
    alone = check_models([tmp_path / "chain.tflite"], BudgetLimits(board=str(tmp_path / "two.toml")))
    assert not alone.holds


@pytest.mark.parametrize("memories", ['"fast=2K"', "[]", '["a=1K", 3]', "[1]"])
def test_memories_that_are_no_list_of_texts_are_refused(model: Path, tmp_path: Path, memories: str) -> None:
    with pytest.raises(ConfigError, match="'memories' must be a list"):
        check_models(config=config(tmp_path, memories))
    assert model.exists()


def test_a_memory_that_is_none_is_named(model: Path) -> None:
    document = check_models([model], BudgetLimits(memories=("fast",)))
    assert "'fast' is no memory" in document.checks[0].broken[0]
    assert document.checks[0].error_code == TargetError.exit_code
