"""What importing a name gives does not hang on what was imported before; and no test asks a clock."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import arenafit

TESTS = Path(__file__).parents[1]
PACKAGES = [
    info.name
    for info in pkgutil.walk_packages(arenafit.__path__, "arenafit.")
    if info.ispkg and ".assets" not in info.name
]
# Ends cases of fuzzing that loop for ever, by CPU time.
_ALLOWED = {"support/fuzzing.py"}
_CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "process_time_ns", "time_ns"}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_nothing_by_the_name_of_a_module_of_its_own(package: str) -> None:
    room = importlib.import_module(package)
    file = Path(room.__file__ or "")
    modules = {info.name for info in pkgutil.iter_modules(room.__path__)}
    named = {
        alias.asname or alias.name
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module != package
        for alias in node.names
    }
    assert not named & modules


def clocks_read(source: str) -> list[str]:
    """Return the clocks of `time` that a source reads, by attribute or by name; the name in a text is none."""
    tree = ast.parse(source)
    attributes = (node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    imported = (alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names)
    return [name for name in (*attributes, *imported) if name in _CLOCKS]


def test_clocks_are_seen() -> None:
    assert clocks_read("import time\nbegan = time.monotonic()") == ["monotonic"]
    assert clocks_read("from time import process_time") == ["process_time"]
    assert clocks_read("patch(work, 'monotonic', lambda: 0.0)") == []


def test_no_test_asks_a_clock() -> None:
    found = {
        path.relative_to(TESTS).as_posix(): clocks
        for path in TESTS.rglob("*.py")
        if (clocks := clocks_read(path.read_text(encoding="utf-8")))
    }
    assert found.keys() <= _ALLOWED, found
