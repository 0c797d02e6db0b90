"""How the tree is built, as benchmarks/house.py counts it, and that benchmarks/mutants.py changes what it says."""

import ast
from statistics import median
from types import SimpleNamespace
from typing import Any

import pytest

import house
import mutants


def test_an_operators_name_stands_in_few_files() -> None:
    names = house.files_of_names(house.sources())
    assert len(names) > 100
    assert median(len(paths) for paths in names.values()) <= 4, "ask the operator (ops/<operator>.py), not its name"


def test_no_room_holds_more_than_its_share() -> None:
    rooms = house.lines_of_rooms()
    largest, lines = rooms.most_common(1)[0]
    assert lines <= 0.14 * sum(rooms.values()), largest


@pytest.mark.parametrize(
    ("text", "sizes", "wanted"),
    [
        ("a < b", False, ["a <= b"]),
        ("a == b", False, ["a != b"]),
        ("a in b", False, ["a not in b"]),
        ("a and b", False, ["a or b"]),
        ("not a", False, ["a"]),
        ("a < b < c", False, []),
        ("a + b", False, []),
        ("a + b", True, ["a - b"]),
        ("a * b", True, ["a // b"]),
        ("4", True, ["5"]),
        ("True", True, []),
    ],
)
def test_an_expression_is_changed_in_one_place(text: str, wanted: list[str], *, sizes: bool) -> None:
    found = mutants.changed(ast.parse(text, mode="eval").body, sizes=sizes)
    assert [ast.unparse(ast.fix_missing_locations(other)) for _, other in found] == wanted


def test_a_mutant_is_behind_its_switch() -> None:
    source = "def small(a, b):\n    if a < b and not b < 0:\n        return True\n    return False\n"
    visitor = mutants._Sites("room/file.py")
    visitor.visit(ast.parse(source))
    names = [item.name for item in visitor.found]
    assert names == [
        f"room/file.py:2:{column}:{kind}"
        for column, kind in [(7, "junction"), (7, "compare"), (17, "negate"), (21, "compare")]
    ]
    tree = ast.fix_missing_locations(mutants._Build(visitor.found).visit(ast.parse(source)))
    results: list[list[Any]] = []
    for active in ("", *names):
        scope: dict[str, Any] = {"__mutants__": SimpleNamespace(on=lambda name, active=active: name == active)}
        exec(ast.unparse(tree), scope)  # noqa: S102 - the tree was made here
        results.append([scope["small"](*pair) for pair in ((1, 2), (2, 2), (2, 0), (-3, -2))])
    plain, junction, compare, negate, inner = results
    assert plain == [True, False, False, False]
    assert junction == [True, True, True, True]
    assert compare == [True, True, False, False]
    assert negate == [False, False, False, True]
    assert inner == [True, False, False, False]


def test_a_sample_is_the_same_every_time_and_of_its_room() -> None:
    first, second = (mutants.sample("layout", 8, 1) for _ in range(2))
    assert first == second
    assert len(first) == 8
    assert first != mutants.sample("layout", 8, 2)
    assert all(item.path.startswith("layout/") for item in first)
