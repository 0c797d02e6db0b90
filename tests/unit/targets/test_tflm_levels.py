import pytest

from arenafit.errors import ArenafitError
from arenafit.ir import OpCode
from arenafit.kernels import find
from arenafit.targets.target import CORTEX_M4, GENERIC_32_BIT, WHEEL, Abi
from arenafit.targets.tflm import HISTORY, LEVELS, level


def test_every_target_names_a_level() -> None:
    for target in (WHEEL, CORTEX_M4, GENERIC_32_BIT):
        assert level(target.tflm).builds


def test_an_unknown_level_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ArenafitError, match=r"2019-01.*2026-08, 2026-10"):
        level("2019-01")


def test_levels_and_history_are_in_order() -> None:
    assert [known.name for known in LEVELS] == sorted(known.name for known in LEVELS)
    assert [change.date for change in HISTORY] == sorted(change.date for change in HISTORY)


def test_the_parameters_of_fully_connected_grew_with_the_second_level() -> None:
    kernel = find(OpCode("FULLY_CONNECTED"))
    assert kernel is not None

    sizes = [
        layout.size_bytes(Abi.LP64)
        for name in ("2026-08", "2026-10")
        if (layout := kernel.parameters(name)) is not None
    ]

    assert sizes == [16, 32]
