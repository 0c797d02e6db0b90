"""Fills in what the code knows better than a page could: the verbs with their options, the messages of TFLM.

MkDocs calls `on_page_markdown`; a page asks for a part by a line such as ``<!-- insert: verbs -->``.
"""

from collections.abc import Callable, Mapping

import typer
from typer.core import TyperArgument, TyperCommand, TyperOption

from arenafit.cli import build_app
from arenafit.diagnostics import load_messages


def on_page_markdown(markdown: str, **_: object) -> str:
    """Return the page with its parts filled in."""
    for name, make in _PARTS.items():
        marker = f"<!-- insert: {name} -->"
        if marker in markdown:
            markdown = markdown.replace(marker, make())
    return markdown


def verbs() -> str:
    """Return a section for each verb: what it does, its arguments and options."""
    group = typer.main.get_command(build_app())
    context = typer.Context(group, info_name="arenafit")
    names = group.list_commands(context)  # type: ignore[attr-defined]  # a group, as it has verbs
    return "\n\n".join(_verb(name, group.get_command(context, name), context) for name in names)  # type: ignore[attr-defined]


def _verb(name: str, command: TyperCommand, parent: typer.Context) -> str:
    context = typer.Context(command, info_name=name, parent=parent)
    rows = [row for row in (_parameter(item, context) for item in command.get_params(context)) if row]
    lines = [f"## arenafit {name}", "", command.help or "", "", "| | |", "|---|---|", *rows]
    return "\n".join(lines)


def _parameter(parameter: TyperArgument | TyperOption, context: typer.Context) -> str | None:
    record = parameter.get_help_record(context)
    if record is None:
        return None
    what, help_text = (" ".join(str(part).split()).replace("|", "\\|") for part in record)
    return f"| `{what}` | {help_text} |"


def messages() -> str:
    """Return every message that `explain` knows, with its meaning."""
    return "\n\n".join(
        "\n".join([f"**`{row.formats[0].strip()}`**", "", _plain(row.means), "", *(f"- {_plain(do)}" for do in row.do)])
        for row in load_messages()
    )


def _plain(text: str) -> str:
    # Values of a real log stand in braces here.
    return text.replace("{", "*").replace("}", "*").replace("_bytes*", "*")


_PARTS: Mapping[str, Callable[[], str]] = {"verbs": verbs, "messages": messages}
