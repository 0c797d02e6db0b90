import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import typer
from typer.main import get_command

from arenafit.cli import build_app
from arenafit.diagnostics import load_messages
from support.snippets import ROOT

DOCS = ROOT / "docs"


def load(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(f"docs_{path.stem}", path)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_pictures_are_what_the_script_makes() -> None:
    made = load(DOCS / "pictures" / "make.py").pictures()
    assert set(made) == {file.name for file in (DOCS / "pictures").glob("*.svg")}
    for name, text in made.items():
        assert (DOCS / "pictures" / name).read_text(encoding="utf-8") == text, f"run docs/pictures/make.py for {name}"


def test_the_reference_holds_every_verb_with_its_options() -> None:
    page = load(DOCS / "hooks" / "reference.py").on_page_markdown((DOCS / "cli.md").read_text(encoding="utf-8"))
    command = get_command(build_app())
    for verb in command.list_commands(typer.Context(command)):  # type: ignore[attr-defined]  # a group
        assert f"## arenafit {verb}\n" in page
    assert "`--baseline MODEL\\|FOLDER\\|FILE.json`" in page


def test_the_page_on_messages_holds_every_message() -> None:
    page = load(DOCS / "hooks" / "reference.py").on_page_markdown((DOCS / "messages.md").read_text(encoding="utf-8"))
    for message in load_messages():
        assert message.formats[0].strip() in page
    assert "{" not in page.split("## The messages it knows")[1]


def test_every_page_is_in_the_navigation() -> None:
    named = set(re.findall(r":\s+([\w.-]+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE))
    assert {page.name for page in DOCS.glob("*.md")} == named


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="needs the extra 'docs'")
    pytest.importorskip("mkdocstrings", reason="needs the extra 'docs'")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "check_models" in (tmp_path / "site" / "api.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=\"https?://[^\"]*\.(js|css)", (tmp_path / "site" / "index.html").read_text())
