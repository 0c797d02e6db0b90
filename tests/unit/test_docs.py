from pathlib import Path

import pytest

import arenafit
from arenafit.targets.choice import TARGETS
from arenafit.targets.target import Target

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_every_target_is_explained(target: Target) -> None:
    text = (DOCS / "inspect.md").read_text(encoding="utf-8")
    assert f"| `{target.name}`" in text


def test_the_default_target_is_marked() -> None:
    assert f"| `{TARGETS[0].name}` (default)" in (DOCS / "inspect.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["inspect_model", "measure_model", "compare_model"])
def test_every_function_it_names_exists(name: str) -> None:
    assert f"`arenafit.{name}`" in (DOCS / "inspect.md").read_text(encoding="utf-8")
    assert callable(getattr(arenafit, name))
