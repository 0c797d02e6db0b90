"""The commands of a Markdown page, as a reader would run them: in order, in one folder.

A comment in front of a block says what is special about it: ``<!-- command: NAME -->`` (an installation, which CI
runs), ``<!-- not run: REASON -->``, ``<!-- file: NAME -->`` (saved under this name before what follows runs).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(\w*)$")
_MARK = re.compile(r"^<!-- (command|not run|file): (.+?) -->$")
_INDENTED = re.compile(r"^    (?:arenafit|python|mkdocs|pip) ")
_INSTALLS = "pip install"


@dataclass(frozen=True)
class Snippet:
    """A block of a page; `kind` is ``sh``, ``python`` or ``file``, and `name` the file's."""

    kind: str
    text: str
    line: int
    name: str = ""


def pages() -> tuple[Path, ...]:
    """Return the README and the pages of the documentation; translations hold the same commands (another test)."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return tuple(page for page in found if not page.name.endswith(".zh-CN.md"))


def blocks(text: str) -> Iterator[tuple[str, str, str, int]]:
    """Yield (language, content, mark in front of it, line number) of every block of code."""
    lines = text.splitlines()
    mark, index = "", 0
    while index < len(lines):
        line = lines[index]
        if found := _MARK.match(line):
            mark = f"{found[1]}: {found[2]}"
        elif fence := _FENCE.match(line):
            end = lines.index("```", index + 1)
            yield fence[1], "\n".join(lines[index + 1 : end]), mark, index + 1
            mark, index = "", end
        elif _INDENTED.match(line):
            end = next((at for at in range(index, len(lines)) if not lines[at].startswith("    ")), len(lines))
            yield "sh", "\n".join(one[4:] for one in lines[index:end]), mark, index + 1
            mark, index = "", end - 1
        elif line.strip():
            mark = ""
        index += 1


def snippets(page: Path) -> tuple[Snippet, ...]:
    """Return what is to be saved and run of a page, in order."""
    found = []
    for language, content, mark, line in blocks(page.read_text(encoding="utf-8")):
        what, _, name = mark.partition(": ")
        if what == "file":
            found.append(Snippet("file", content + "\n", line, name))
        elif language in {"sh", "python"} and what not in {"command", "not run"} and _INSTALLS not in content:
            found.append(Snippet(language, content, line))
    return tuple(found)
