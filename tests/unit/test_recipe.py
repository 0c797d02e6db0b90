"""The recipe for conda-forge says of the package what pyproject.toml says."""

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from arenafit._version import __version__

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
BUILD: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
TEXT = (ROOT / "recipe" / "recipe.yaml").read_text(encoding="utf-8")
RECIPE: dict[str, Any] = yaml.safe_load(TEXT)
# What conda-forge calls what PyPI calls otherwise.
NAMES = {"flatbuffers": "python-flatbuffers"}


def as_in_recipe(requirement: str) -> str:
    name, bound = re.fullmatch(r"([\w-]+)(>=[\w.]+)", requirement).groups()  # type: ignore[union-attr]  # else it fails
    return f"{NAMES.get(name, name)} {bound}"


def filled(text: str) -> str:
    return re.sub(r"\$\{\{ (\w+) \}\}", lambda found: str(RECIPE["context"][found[1]]), text)


def test_versions_are_those_of_the_package() -> None:
    assert RECIPE["context"]["version"] == __version__
    assert filled(RECIPE["package"]["version"]) == __version__
    assert filled(RECIPE["source"]["url"]).endswith(f"/arenafit-{__version__}.tar.gz")
    assert f">={RECIPE['context']['python_min']}" == PROJECT["requires-python"]


def test_dependencies_are_those_of_the_package() -> None:
    everywhere = [line for line in PROJECT["dependencies"] if ";" not in line]
    somewhere = [line for line in PROJECT["dependencies"] if ";" in line]
    assert RECIPE["requirements"]["run"] == ["python >=${{ python_min }}", *map(as_in_recipe, everywhere)]
    # What the recipe leaves out it says, and why.
    assert [re.split(r"[<>=]", line)[0] for line in somewhere] == ["tflite-micro"]
    assert "tflite-micro, which is left out" in TEXT
    assert RECIPE["requirements"]["host"][2:] == [as_in_recipe(line) for line in BUILD]


def test_what_it_says_about_the_package_is_the_same() -> None:
    about = RECIPE["about"]
    assert (about["summary"], about["license"]) == (PROJECT["description"], PROJECT["license"])
    assert [about["license_file"]] == PROJECT["license-files"]
    assert (about["homepage"], about["repository"]) == (PROJECT["urls"]["Homepage"], PROJECT["urls"]["Source"])
    assert about["documentation"] == PROJECT["urls"]["Documentation"]
    points = [f"{name} = {target}" for name, target in PROJECT["scripts"].items()]
    assert RECIPE["build"]["python"]["entry_points"] == points
