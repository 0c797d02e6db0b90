from pathlib import Path

import pytest

from support.skips import VARIABLE, must_run

pytest_plugins = ["pytester"]


@pytest.mark.parametrize(
    ("reason", "allowed", "expected"),
    [
        ("Skipped: needs the model corpus: set X", "chromium", True),
        ("Skipped: needs the model corpus: set X", "model corpus", False),
        ("Skipped: not a float model", "nothing", False),
        ("Skipped: there is no C++ compiler", "nothing", True),
    ],
)
def test_what_is_missing_must_be_allowed(
    reason: str, allowed: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, allowed)
    assert must_run(reason) is expected


def test_without_the_variable_tests_are_skipped_as_they_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert not must_run("Skipped: needs the model corpus")


def test_a_run_with_a_suite_skipped_fails(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "nothing is allowed")
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    pytester.makeconftest(
        "from support.skips import SkipGuard\n"
        "def pytest_configure(config):\n    config.pluginmanager.register(SkipGuard())\n"
    )
    pytester.makepyfile("import pytest\ndef test_one():\n    pytest.skip('needs a thing')\ndef test_two():\n    pass\n")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["SKIPPED BUT SHOULD RUN: 1 x Skipped: needs a thing"])
