"""What a release needs: one version, one address, links that work on the index, dependencies that are declared."""

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from arenafit._version import __version__

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SOURCE = PROJECT["project"]["urls"]["Source"]
# What a dependency is imported as, where that is not its name.
MODULES = {"ai-edge-litert": "ai_edge_litert", "tflite-micro": "tflite_micro", "litert-quantizer": "litert_quantizer"}


def pages() -> list[Path]:
    return [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*.yml"), ROOT / "pyproject.toml"]


def test_the_version_stands_in_one_place() -> None:
    assert "version" in PROJECT["project"]["dynamic"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "src/arenafit/_version.py"


def test_the_version_has_its_section_of_changes() -> None:
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(__version__)}\] - (unreleased|20\d\d-\d\d-\d\d)$", changes, re.MULTILINE)
    assert f"[{__version__}]: {SOURCE}/releases/tag/v{__version__}\n" in changes


def test_the_long_description_has_no_relative_link() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    relative = re.compile(r"\]\((?!https?://|#)([^)]+)\)")
    links = relative.findall(text)
    for rule in PROJECT["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(rule["pattern"], rule["replacement"].replace("$HFPR_VERSION", __version__), text)
    assert links
    assert relative.findall(text) == []
    assert all(f"]({SOURCE}/blob/v{__version__}/{link})" in text for link in links)


def test_every_mention_of_the_repository_is_the_declared_one() -> None:
    for page in pages():
        found = re.findall(r"github\.com/([\w.-]+/arenafit)\b", page.read_text(encoding="utf-8"))
        assert {f"https://github.com/{name}" for name in found} <= {SOURCE}, page


def test_what_is_imported_is_declared() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    lines = [*PROJECT["project"]["dependencies"], *extras["quantize"], *extras["exact"], *extras["train"]]
    lines += [*extras["sweep"], *extras["wasm"]]
    names = [re.split(r"[<>=;\[ ]", line)[0] for line in lines]
    # tensorflow-cpu is imported under two names; what else a dependency brings along is not ours to import.
    declared = {MODULES.get(name, name) for name in names} | {"tensorflow", "keras", "arenafit"}
    for file in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            roots = [item.name for item in node.names] if isinstance(node, ast.Import) else []
            roots += [node.module or ""] if isinstance(node, ast.ImportFrom) and node.level == 0 else []
            for root in roots:
                assert root.split(".")[0] in declared | sys.stdlib_module_names, f"{file}: {root} is not declared"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_grants_nothing_by_default_and_ends(workflow: Path) -> None:
    found: dict[str, Any] = yaml.safe_load(workflow.read_text(encoding="utf-8"))
    assert found["permissions"] == {"contents": "read"}
    for name, job in found["jobs"].items():
        assert job["timeout-minutes"] <= 60, name
        assert all(step.get("uses", "@").count("@") == 1 for step in job["steps"]), name


def test_a_release_is_tried_where_ci_runs() -> None:
    jobs = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"] for path in WORKFLOWS}
    pythons = [f"3.{line[-2:]}" for line in PROJECT["project"]["classifiers"] if "Python :: 3.1" in line]
    tried = jobs["release"]["test"]["strategy"]["matrix"]
    assert tried["python"] == jobs["ci"]["check"]["strategy"]["matrix"]["python"] == pythons
    assert set(tried["os"]) == {"ubuntu-latest", *jobs["ci"]["elsewhere"]["strategy"]["matrix"]["os"]}


def test_nothing_is_published_untried() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8"))["jobs"]
    assert (jobs["publish"]["needs"], jobs["test"]["needs"]) == ("test", "build")
    assert jobs["publish"]["permissions"]["id-token"] == "write"
