"""The published JSON Schemas: made from the types, and true of what each verb really prints."""

import importlib.util
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from arenafit.registry import modules
from arenafit.report.documents.schema import document_types
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.models import conv_chain, residual

HOOK = Path(__file__).parents[3] / "docs" / "hooks" / "schemas.py"
EXAMPLES = Path(__file__).parents[3] / "examples" / "small"
SMALL = "small.tflite"
# A call of each verb that prints a document.
CALLS: dict[str, Sequence[str]] = {
    "boards": (),
    "check": (SMALL, "--arena", "1K"),
    "diff": (SMALL, "other.tflite", "--memory", "fast=2K", "--memory", "slow=64K"),
    "explain": ("Failed to resize buffer. Requested: 367488, available 100000, missing: 267488",),
    "export": (SMALL, "-o", "firmware"),
    "fit": (SMALL, "-o", "fitted.tflite", "--effort", "0"),
    "inspect": (SMALL, "--board", "pico", "--memory", "board"),
    "measure": (SMALL, "--compare", "--min-arena"),
    "plan": (SMALL, "-o", "planned.tflite", "--memory", "ram=64K"),
    "repair": (SMALL, "-o", "repaired.tflite"),
    "report": (SMALL, "--effort", "0", "--memory", "fast=2K", "--memory", "slow=64K"),
    "whatif": (SMALL,),
}
# Another tool's format; and a search that trains, whose tests read its document back.
UNCALLED = {"overlay", "sweep"}
# Trained models with data, from the examples.
TRAINED = ("motion_fp32.tflite", "motion_calibration.npz")
DATA = ("--data", TRAINED[1])
CALLS |= {
    "quantize": (TRAINED[0], *DATA, "-o", "int8.tflite", "--only"),
    "prune": (TRAINED[0], *DATA, "-o", "pruned.tflite", "--force", "--max-drop", "50%", "--history", "kept"),
    "history": ("kept",),
}
NEED_THE_WHEEL = {"fit", "measure", "plan", "repair", "quantize", "prune", "history"}


def wrong(value: Any, schema: Any, root: Any, where: str = "$") -> str:
    """Return the first place where `value` breaks the schema, in the part of JSON Schema that ours use."""
    if "$ref" in schema:
        return wrong(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, where)
    if "anyOf" in schema:
        return min((wrong(value, part, root, where) for part in schema["anyOf"]), key=len)
    if "const" in schema or "enum" in schema:
        return "" if value in schema.get("enum", [schema.get("const")]) else f"{where}: {value!r}"
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
    }
    kind = schema.get("type")
    if kind == "null":
        return "" if value is None else f"{where}: {value!r} is not null"
    if kind is not None and (not isinstance(value, kinds[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return f"{where}: {value!r} is no {kind}"
    return _wrong_inside(value, schema, root, where)


def _wrong_inside(value: Any, schema: Any, root: Any, where: str) -> str:
    found: list[str] = []
    if isinstance(value, dict) and schema.get("type") == "object":
        found += [f"{where}.{name}: is missing" for name in schema.get("required", ()) if name not in value]
        for name, item in value.items():
            part = schema.get("properties", {}).get(name, schema.get("additionalProperties"))
            found.append(
                f"{where}.{name}: is not described" if part is None else wrong(item, part, root, f"{where}.{name}")
            )
    if isinstance(value, list):
        parts = schema.get("prefixItems") or [schema.get("items", {})] * len(value)
        found += [f"{where}: {len(value)} items"] if len(parts) != len(value) else []
        found += [wrong(*pair, root, f"{where}[{at}]") for at, pair in enumerate(zip(value, parts, strict=False))]
    return next((text for text in found if text), "")


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(SMALL).write_bytes(write_bytes(conv_chain(layers=1, size=6, channels=2)))
    Path("other.tflite").write_bytes(write_bytes(residual()))
    for name in TRAINED:
        shutil.copy(EXAMPLES / name, name)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("schemas_hook", HOOK)
    assert spec is not None
    assert spec.loader is not None
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    site = tmp_path_factory.mktemp("site")
    hook.on_post_build({"site_dir": str(site)})
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (site / "schemas").iterdir()}


def test_the_documentation_publishes_a_schema_for_each_document(published: dict[str, Any]) -> None:
    assert f"docs/hooks/{HOOK.name}" in (HOOK.parents[2] / "mkdocs.yml").read_text(encoding="utf-8")
    assert {f"{name}.schema.json" for name in document_types()} <= set(published)


def test_every_verb_is_called_or_listed() -> None:
    verbs = {module.__name__.rpartition(".")[2] for module in modules("arenafit.cli")}
    assert verbs == set(CALLS) | UNCALLED


@pytest.mark.parametrize("verb", CALLS)
def test_what_a_verb_prints_is_what_its_schema_says(verb: str, published: dict[str, Any]) -> None:
    if verb in NEED_THE_WHEEL:
        pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    if verb == "quantize":
        pytest.importorskip("litert_quantizer", reason="needs the extra `quantize`")
    if verb == "history":
        assert invoke("prune", *CALLS["prune"]).exit_code == 0
    document = json.loads(invoke(verb, *CALLS[verb], "--json").stdout)
    schema = published[f"{document['document'].removeprefix('arenafit.')}.schema.json"]
    assert wrong(document, schema, schema) == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 0}, "$.version"),
        ({"model": 1}, "$.model: 1 is no string"),
        ({"min_arena_bytes": True}, "$.min_arena_bytes: True is no integer"),
        ({"elsewhere": [{}]}, "$.elsewhere[0].target: is missing"),
        ({"new": 1}, "$.new: is not described"),
    ],
)
def test_a_document_that_breaks_its_schema_is_seen(
    change: dict[str, Any], told: str, published: dict[str, Any]
) -> None:
    schema = published["inspection.schema.json"]
    document = json.loads(invoke("inspect", SMALL, "--json").stdout)
    assert wrong({**document, **change}, schema, schema).startswith(told)
