import re
from pathlib import Path

import typer
from typer.main import get_command

from arenafit.cli import build_app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MARKED = re.compile(r"<!-- command: (\w+) -->\n```sh\n(.+?)\n```", re.DOTALL)
VERB = re.compile(r"`arenafit (\w+)")
LINK = re.compile(r"\]\((?!http)([^)#]+)")


def test_the_two_commands_are_marked_for_ci() -> None:
    commands = dict(MARKED.findall(README))
    assert set(commands) == {"main", "test"}
    assert "arenafit fit examples/" in commands["main"]
    assert "pytest" in commands["test"]
    # A user has Python and pip; everything else must come from the command itself.
    assert all(command.startswith("python3 -m venv .venv && .venv/bin/pip install ") for command in commands.values())


def test_every_verb_it_names_exists() -> None:
    command = get_command(build_app())
    known = set(command.list_commands(typer.Context(command)))  # type: ignore[attr-defined]  # a group, as it has verbs
    assert set(VERB.findall(README)) <= known


def test_every_link_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"
