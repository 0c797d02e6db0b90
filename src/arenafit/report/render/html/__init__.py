"""Renders a report as one HTML page that needs nothing else: style, scripts and data stand in it.

The graph is laid out in the page by dagre (assets/dagre.min.js, MIT, see its head), in a worker.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from arenafit._version import __version__
from arenafit.costs.core import core_title
from arenafit.report.documents.document import plain
from arenafit.report.documents.html_report import ReportDocument
from arenafit.report.documents.report_hero import hero
from arenafit.report.documents.views import ModelView
from arenafit.report.render.html.memories import memories_part
from arenafit.report.render.names import names_are_data

_SCRIPTS = (
    "base.js",
    "map.js",
    "labels.js",
    "motion.js",
    "curve.js",
    "brush.js",
    "table.js",
    "graph.js",
    "fold.js",
    "details.js",
    "linked.js",
    "search.js",
    "memories.js",
    "trail.js",
    "state.js",
    "main.js",
)


@names_are_data
def render(document: ReportDocument) -> str:
    """Return the page."""
    views = [view for view in (document.before, document.after) if view is not None]
    first = hero(document)
    names = ("before", "after") if document.after else ("this model",)
    page: str = _template("page.html.j2").render(
        document=document,
        hero=first,
        warnings=_warnings(views),
        views=views,
        names=names,
        memories=memories_part(_template("memories.html.j2"), views, names),
        version=__version__,
        style=_asset("style.css") + _asset("memories.css"),
        script="\n".join(_asset(name) for name in _SCRIPTS),
        layout_library=_asset("dagre.min.js"),
        layout_worker=_asset("layout.js"),
        data=_embeddable({**_data(document), "budget": first.budget_bytes, "region": first.region}),
    )
    return page


def _warnings(views: Sequence[ModelView]) -> list[str]:
    """Return what is wrong or left out, each thing once though both models or many operators have it."""
    alike: dict[tuple[str, str], dict[str, None]] = {}
    for item in (item for view in views for item in view.inspection.findings):
        alike.setdefault((item.severity, item.clause), {})[item.sentence] = None
    found = []
    for (severity, _), sentences in alike.items():
        first, *others = sentences
        found.append(f"{severity.capitalize()}: {first}{f' (and {len(others)} more alike)' if others else ''}")
    found += [f"Estimated: {reason}" for view in views for reason in view.inspection.estimated]
    return list(dict.fromkeys(found))


def _data(document: ReportDocument) -> dict[str, Any]:
    """Return what the scripts need; the rest stands in the markup."""
    whole = plain(document)
    models = [whole[name] for name in ("before", "after") if whole[name] is not None]
    steps = () if document.trail is None else document.trail.steps
    between = () if whole["trail"] is None else whole["trail"]["between"]
    return {
        "models": [_model(model, model["inspection"]["model"]) for model in models],
        "names": ["before", "after"][: len(models)],
        "between": [_model(model, f"step {at}") for at, model in enumerate(between, start=1)],
        "trail": [{"what": step.what or step.rewrite, "arena_bytes": step.predicted_bytes} for step in steps],
    }


def _model(view: Mapping[str, Any], title: str) -> dict[str, Any]:
    return {
        "title": title,
        "memory": view["memory"],
        "operators": view["operators"],
        "graphs": view["graphs"],
        "memories": view.get("memories"),
    }


@cache
def _template(name: str) -> Any:
    """Return a template, which takes longer to compile than a page to fill."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415  # only reports need it

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"n": _number, "signed": _signed, "percent": _percent}
    environment.filters |= {"graph_name": _label, "core": core_title}
    return environment.from_string(_asset(name))


@cache
def _asset(name: str) -> str:
    return files("arenafit.report.render.html").joinpath("assets", name).read_text(encoding="utf-8")


def _embeddable(data: dict[str, Any]) -> str:
    # Inside a script element "</script" and "<!--" change what is read; tensor names could hold them.
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _signed(value: int) -> str:
    return f"{value:+,}" if value else "0"


def _percent(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.1f} %"


def _label(op: Any) -> str:
    return "-" if op is None else str(op.label)
