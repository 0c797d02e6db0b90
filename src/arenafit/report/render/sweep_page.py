"""Renders a sweep as one HTML page that needs nothing else: the front, every trial, what the parameters matter."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from arenafit._version import __version__
from arenafit.report.documents.document import plain
from arenafit.report.documents.sweep import SweepDocument
from arenafit.report.render.names import names_are_data


@names_are_data
def render(document: SweepDocument, pages: Mapping[int, str] | None = None) -> str:
    """Return the page; `pages` are the reports of the delivered models, by trial, as links from it."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  # only reports need it

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"n": _number, "share": _share}
    template = environment.from_string(_asset("sweep.html.j2"))
    data = {**_data(document), "pages": {str(trial): page for trial, page in (pages or {}).items()}}
    return template.render(
        document=document,
        pages=dict(pages or {}),
        version=__version__,
        style=_asset("sweep.css"),
        script=_asset("sweep.js"),
        # Inside a script element "</script" and "<!--" change what is read; names could hold them.
        data=json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"),
    )


def _data(document: SweepDocument) -> dict[str, Any]:
    whole = plain(document)
    return {name: whole[name] for name in ("points", "delivered", "objectives", "pick")}


def _asset(name: str) -> str:
    return files("arenafit.report.render.html").joinpath("assets", name).read_text(encoding="utf-8")


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:+.2f} %"
