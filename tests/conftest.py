from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, settings

from support.skips import SkipGuard

# How long an example takes depends on how busy the machine is: no test may fail of that.
settings.register_profile("arenafit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("arenafit")

GOLDEN = Path(__file__).parent / "golden"


class Golden(Protocol):
    """Compares a text with the file of this name under tests/golden."""

    def __call__(self, name: str, text: str) -> None: ...


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(SkipGuard(), "skip-guard")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    def check(name: str, text: str) -> None:
        # Trailing blanks come from table columns; editors and reviewers drop them.
        found = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
        file = GOLDEN / name
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(found, encoding="utf-8")
            return
        assert file.exists(), f"{name} is missing: run pytest tests/golden --update-golden and read what it wrote"
        assert found == file.read_text(encoding="utf-8")

    return check
