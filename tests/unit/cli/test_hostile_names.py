"""Every verb with every hostile name, in every format it writes: what is printed stays text of that format."""

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from arenafit.ir import DType, Model
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.compiling import compile_all
from support.hostile import called
from support.models import conv_chain

NAMES = {
    "colours": "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "command": "a\n::error::owned",
    "return": "a\r::error::owned\x08\x7f",
    "turned": "\u202eevil\u2066",
    "c1": "\x9b2J\x85owned",
    "separators": "a\u2028::error::owned\u2029\x0b\x0c\x1c",
    "markup": "<script>owned()</script><img src=x onerror=owned()>",
    "markdown": "|`](javascript:owned())**`|\\|",
    "template": "{{7*7}}{% raw %}${owned}%s%n{0}",
    "shell": "$(owned);`owned`;'\"&& owned",
    "console": "[red]a[/red][link=file:///x]b[/link][/]",
    "xml": "]]>&lt;&x;<!ENTITY owned SYSTEM 'x'>\"'",
    "c++": '"; int owned; //\\*/ R"(??/)',
    "word": "linux",
    # As wide as no table is: where it is broken, a line begins.
    "broken": "x" * 50 + "::error::owned" * 40,
    "spaced": "x ::error::owned" * 20,
    "absent": "",
}
ALL = "".join(NAMES.values())

# What runs TFLM or trains takes seconds: these verbs get all names in one.
CHEAP = {
    "inspect": ["inspect", "{model}", "--all", "--plan"],
    "inspect json": ["inspect", "{model}", "--json"],
    "inspect board": ["inspect", "{model}", "--board", "{board}"],
    "boards": ["boards", "{board}"],
    "boards json": ["boards", "{board}", "--json"],
    "plan": ["plan", "{model}", "-o", "{out}/m.tflite", "--ascii", "--csv", "{out}/p.csv", "--trace", "{out}/t.json"],
    "diff": ["diff", "{model}", "{other}", "--all"],
    "diff markdown": ["diff", "{model}", "{other}", "--all", "--format", "markdown"],
    "diff json": ["diff", "{model}", "{other}", "--json"],
    "overlay perfetto": ["overlay", "{model}", "--to", "perfetto", "-o", "{out}/t.json"],
    "overlay explorer": ["overlay", "{model}", "--to", "model-explorer", "-o", "{out}/t.json"],
    "report": ["report", "{model}", "-o", "{out}/page.html", "--effort", "1"],
    "report json": ["report", "{model}", "--json", "--effort", "1"],
    "export": ["export", "{model}", "-o", "{out}/firmware"],
    "export json": ["export", "{model}", "-o", "{out}/firmware", "--json"],
    "explain": ["explain", "--file", "{log}", "--model", "{model}", "--effort", "1"],
    "explain json": ["explain", "--file", "{log}", "--model", "{model}", "--effort", "1", "--json"],
    "whatif": ["whatif", "{model}", "--all"],
    "whatif json": ["whatif", "{model}", "--json"],
    "whatif written": ["whatif", "{model}", "--apply", "1", "-o", "{out}/m.tflite", "--keras", "{out}/m.py"],
    "no model": ["inspect", "{log}"],
    "no file": ["inspect", "{model}.none"],
    "no option": ["inspect", "{model}", "--{name}"],
    "no verb": ["{name}"],
    "no board": ["inspect", "{model}", "--board", "{name}"],
    "history": ["history", "{out}"],
    **{
        f"check {form}": ["check", "{model}", "--arena", "1K", "--format", form, "--summary", "{out}/summary.md"]
        for form in ("text", "junit", "github", "markdown", "json")
    },
    "check config": ["check", "--config", "{config}", "--format", "github"],
}
DEAR = {
    "measure": ["measure", "{model}", "--compare"],
    "measure json": ["measure", "{model}", "--compare", "--json"],
    "fit": ["fit", "{model}", "-o", "{out}/m.tflite", "--effort", "1", "--inputs", "1", "--all"],
    "fit json": ["fit", "{model}", "-o", "{out}/m.tflite", "--effort", "1", "--inputs", "1", "--json"],
    "quantize": ["quantize", "{real}", "--data", "{samples}", "-o", "{out}/m.tflite", "--only"],
    "quantize json": ["quantize", "{real}", "--data", "{samples}", "-o", "{out}/m.tflite", "--only", "--json"],
    "prune": ["prune", "{real}", "--data", "synthetic", "-o", "{out}/m.tflite", "--history", "{out}/kept", "--force"],
    "repair": ["repair", "{model}", "-o", "{out}/m.tflite"],
}
_FINE = {0, 2, 3, 4, 7, 8, 9, 12, 13, 14}


def _renamed(model: Model, name: str) -> bytes:
    ops = [op for graph in model.graphs for op in graph.ops]
    assert ops
    return write_bytes(replace(called(model, name), signatures=()))


def _places(folder: Path, name: str) -> dict[str, object]:
    label = re.sub("[/\0]", "", name)[:60] or "m"
    here = folder / label
    here.mkdir()
    (here / "out").mkdir()
    found: dict[str, object] = {"name": name.replace("\0", ""), "out": here / "out"}
    files = {
        "model": (f"{label}.tflite", _renamed(conv_chain(layers=2, size=8, channels=2), name)),
        "other": ("other.tflite", _renamed(conv_chain(layers=2, size=8, channels=4), name + "2")),
        "real": ("real.tflite", _renamed(conv_chain(DType.FLOAT32, layers=2, size=8, channels=2), name)),
        "log": (
            "log",
            f"{name}\nFailed to resize buffer. Requested: 3000, available 1000, missing: 2000\n{name}".encode(),
        ),
        "board": (f"{label}.toml", _board(name)),
        "config": ("arenafit.toml", _config(name, f"{label}.tflite")),
    }
    for part, (file, content) in files.items():
        found[part] = here / file
        (here / file).write_bytes(content)
    np.savez(here / "samples.npz", np.random.default_rng(0).uniform(-1, 1, (4, 8, 8, 2)).astype(np.float32))
    found["samples"] = here / "samples.npz"
    return found


def _board(name: str) -> bytes:
    text = json.dumps(name).replace("\\u007f", "\\u007F").replace("\x7f", "\\u007F")
    return (
        f"title = {text}\nmcu = {text}\ncore = 'Cortex-M4F'\nabi = 'ilp32'\nkernels = 'cmsis-nn'\nnote = {text}\n"
        f"flash_bytes = 1000000\nsources = [{text}]\n\n[[ram]]\nname = {text}\nsize_bytes = 100000\nspeed = 'sram'\n"
    ).encode()


def _config(name: str, file: str) -> bytes:
    text, model = (json.dumps(item).replace("\x7f", "\\u007F") for item in (name, file))
    return f"[[budget]]\nname = {text}\nmodel = {model}\narena = '1K'\n".encode()


@pytest.mark.parametrize("verb", CHEAP)
@pytest.mark.parametrize("name", [*NAMES, "all"])
def test_no_control_character_passes(verb: str, name: str, tmp_path: Path) -> None:
    _check(CHEAP[verb], tmp_path, NAMES.get(name, ALL))


@pytest.mark.parametrize("verb", DEAR)
def test_none_passes_what_runs_tflm(verb: str, tmp_path: Path) -> None:
    _check(DEAR[verb], tmp_path, ALL)


def _check(line: list[str], folder: Path, name: str) -> None:
    places = _places(folder, name)
    ended = invoke(*(part.format(**places) for part in line))

    assert ended.exit_code in _FINE, ended.output
    out = Path(str(places["out"]))
    written = [path for path in sorted(out.rglob("*")) if path.suffix in {".md", ".html", ".py", ".csv", ".h", ".json"}]
    texts = {"stdout": ended.stdout, "stderr": ended.stderr}
    texts |= {path.name: path.read_bytes().decode("utf-8") for path in written}
    for where, text in texts.items():
        _stays_text(where, text)
        _is_its_format(text, json_wanted="--json" in line or where.endswith(".json"))
    form = line[line.index("--format") + 1] if "--format" in line else ""
    commands = [row for row in ended.stdout.split("\n") if row.startswith("::")]
    assert form == "github" or not commands
    assert not any(row.startswith("::error::owned") for row in commands)
    if form == "junit" and ended.exit_code in {0, 7}:
        assert ET.fromstring(ended.stdout).tag in {"testsuites", "testsuite"}  # noqa: S314  # our own
    if (out / "firmware").exists():
        compile_all(sorted((out / "firmware").glob("*.cc")), [out / "firmware"])


def _stays_text(where: str, text: str) -> None:
    # The page brings a library that holds one; no name does.
    kept = {"\n", "\x01"} if where.endswith(".html") else {"\n"}
    bad = {character for character in text if not character.isprintable()} - kept
    assert not bad, (where, bad)
    if not where.endswith(".html"):
        assert not any(row.strip().startswith("::error::owned") for row in text.split("\n"))


def _is_its_format(text: str, *, json_wanted: bool) -> None:
    if json_wanted and text.startswith(("{", "[")):
        json.loads(text)
