import subprocess
import sys

import pytest

import arenafit

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
