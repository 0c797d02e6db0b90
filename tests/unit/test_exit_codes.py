import inspect
import re
from pathlib import Path

import arenafit.errors
from arenafit.cli import _exit

DOCS = Path(__file__).parents[2] / "docs" / "exit-codes.md"
ROW = re.compile(r"^\| (\d+) \| (?:`(\w+)`|-) \|", re.MULTILINE)


def documented() -> set[tuple[str, int]]:
    return {(name, int(code)) for code, name in ROW.findall(DOCS.read_text(encoding="utf-8"))}


def test_every_error_is_documented_with_its_code_and_no_other() -> None:
    classes = inspect.getmembers(arenafit.errors, inspect.isclass)
    assert {(name, code) for name, code in documented() if name} == {
        (name, error.exit_code) for name, error in classes if issubclass(error, arenafit.errors.ArenafitError)
    }


def test_the_codes_of_the_process_are_documented() -> None:
    ours = {_exit.EXIT_DEFECT, _exit.EXIT_INTERRUPTED, _exit.EXIT_BROKEN_PIPE}
    assert {code for name, code in documented() if not name} == ours | {0, 2}


def test_every_error_says_what_it_is_for() -> None:
    for _, error in inspect.getmembers(arenafit.errors, inspect.isclass):
        assert error.__doc__
