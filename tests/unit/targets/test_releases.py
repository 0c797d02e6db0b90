"""What a user may name as the TFLM they have, and the wheel that bears witness for it."""

from itertools import pairwise

import pytest

from arenafit.errors import TargetError
from arenafit.targets.releases import find_release, products, wheel_target, wheels
from arenafit.targets.target import CORTEX_M4, WHEEL


def test_wheels_are_in_order_and_load_into_some_python() -> None:
    assert all(left.version < right.version for left, right in pairwise(wheels()))
    assert all(wheel.pythons for wheel in wheels())
    # These were published for all versions but hold a library of CPython 3.13.
    broken = [wheel for wheel in wheels() if "2026-08-11" <= wheel.date <= "2026-09-25"]
    assert {wheel.pythons for wheel in broken[:-1]} == {("3.13",)}


def test_a_month_is_the_newest_wheel_that_is_not_younger() -> None:
    release = find_release("2024-06")
    assert (release.wheel.version, release.tflm) == ("0.dev20240624135632", "2024-06-24")
    assert not release.stands_in


def test_a_month_without_wheels_takes_one_of_before() -> None:
    assert find_release("2026-05").wheel.version == "0.dev20260203175027"


def test_the_oldest_wheel_stands_in_for_what_is_older() -> None:
    release = find_release("2022-12")
    assert (release.wheel, release.tflm, release.stands_in) == (wheels()[0], "2022-12-01", True)
    arduino = find_release("arduino")
    assert (arduino.wheel, arduino.tflm, arduino.stands_in) == (wheels()[0], "2023-02-27", True)


def test_oldest_and_newest() -> None:
    assert find_release("oldest").wheel == wheels()[0]
    assert find_release("newest").wheel == wheels()[-1]


def test_a_product_is_its_latest_version_unless_one_is_named() -> None:
    esp = products()["esp-tflite-micro"]
    assert find_release("esp-tflite-micro").product == esp.releases[-1]
    named = find_release("esp-tflite-micro@1.3.0")
    assert (named.tflm, named.wheel.date) == ("2024-05-08", "2024-05-07")
    # 1.3 is the newest of the versions that begin so; 1.3.0 is not 1.3.01.
    assert find_release("esp-tflite-micro@1.3").product == esp.releases[-2]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ardiuno", "did you mean arduino?"),
        ("2024-13", "is no TFLM that is known"),
        ("2024", "is no TFLM that is known"),
        ("", "is no TFLM that is known"),
        ("arduino@9", "of arduino there are 2.4.0"),
        ("esp-tflite-micro@1.33", "1.3.3"),
    ],
)
def test_a_name_that_is_none_is_refused_with_what_there_is(name: str, said: str) -> None:
    with pytest.raises(TargetError) as refused:
        find_release(name)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_product_says_where_its_claim_can_be_read() -> None:
    for product in products().values():
        assert product.title
        for row in product.releases:
            assert row.source.partition(" ")[0].count("/") == 1, row
            assert find_release(f"{product.name}@{row.version}").tflm == row.tflm


def test_a_wheel_is_priced_as_it_was_built() -> None:
    old, middle, new = (
        wheel_target(f"0.dev{stamp}") for stamp in ("20240624135632", "20250307180546", "20251210174019")
    )
    assert [(target.static_memory, target.compression) for target in (old, middle, new)] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert wheel_target(wheels()[-1].version) == WHEEL


def test_a_release_replaces_the_tflm_of_a_target_only() -> None:
    target = find_release("2024-06").of(CORTEX_M4)
    assert (target.tflm, target.kernels, target.static_memory) == ("2024-06-24", CORTEX_M4.kernels, True)
