import re
import subprocess
import sys
from pathlib import Path

import pytest

import arenafit

ROOT = Path(__file__).parents[2]
VERBS_OF_A_MODEL = ("fit", "inspect", "measure", "overlay", "plan", "prune", "quantize", "repair", "report", "whatif")
HEAVY = ("numpy", "ai_edge_litert", "tflite_micro", "ortools", "jinja2", "rich", "typer")


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, arenafit; print([name for name in {HEAVY!r} if name in sys.modules])"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout == "[]\n"


def test_inspecting_loads_no_runtime() -> None:
    code = (
        f"import sys, arenafit; arenafit.inspect_model; print([name for name in {HEAVY[1:]!r} if name in sys.modules])"
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout == "[]\n"


@pytest.mark.parametrize("name", arenafit.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(arenafit, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'inspect_modell'"):
        _ = arenafit.inspect_modell


def test_every_public_name_is_listed_and_documented() -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    functions = {f"{verb}_model" for verb in VERBS_OF_A_MODEL}
    assert functions <= set(arenafit.__all__) <= set(dir(arenafit))
    for name in sorted({*arenafit.__all__} - {"__version__"}):
        home = getattr(arenafit, name).__module__
        _, found, options = page.partition(f"::: {home}\n")
        assert found, home
        assert re.search(rf"members: .*\b{name}\b", options.partition(":::")[0]), f"docs/api.md: {name} of {home}"
