"""Whatever models, files and boards are called: no control character passes a renderer, no line begins with a name."""

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

import arenafit.report.render as room
from arenafit.report.render import check_markdown, github, junit
from arenafit.report.render.names import names_are_data, printable, printable_document
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.hostile import called
from support.models import conv_chain

# Steers a terminal, ends a line and begins a command of the CI log, turns text around, no text at all.
HOSTILE = "\x1b[31m\n::error::owned\r\x07\u202e\u2028\x85<script>alert(1)</script>|`</td>\x9b2J"
_CONTROLS = {character for character in HOSTILE if not character.isprintable()} - {"\n"}
# JSON keeps names as they are and escapes them itself.
_KEEP_NAMES = {"json", "model_explorer", "perfetto"}


def renderers() -> list[ModuleType]:
    found = [importlib.import_module(info.name) for info in pkgutil.walk_packages(room.__path__, f"{room.__name__}.")]
    return [module for module in found if hasattr(module, "render")]


@pytest.mark.parametrize("module", renderers(), ids=lambda module: module.__name__.rpartition("render.")[2])
def test_each_renderer_takes_its_document_through_the_door(module: ModuleType) -> None:
    if module.__name__.rpartition(".")[2] in _KEEP_NAMES:
        return
    assert module.render.__code__ is names_are_data(print).__code__


def test_commands_of_a_ci_log_are_broken_and_names_of_c_are_not() -> None:
    assert printable("a::error::b ::set-output name=x:: :::error") == "a?:error::b ?:set-output name=x:: :?:error"
    assert printable("tflite::MicroInterpreter::errors") == "tflite::MicroInterpreter::errors"


@dataclass(frozen=True)
class _Inner:
    names: tuple[str, ...]
    table: dict[str, list[str]]


@dataclass(frozen=True)
class _Document:
    inner: _Inner
    file: Path
    ascii_plan: str
    size_bytes: int


def test_every_text_of_a_document_becomes_printable_but_pictures() -> None:
    document = _Document(_Inner(("a\nb", "ü"), {"k\x1b": ["v\x00"]}), Path("x\ny"), "line\nline", 3)

    assert printable_document(document) == _Document(_Inner(("a?b", "ü"), {"k?": ["v?"]}), Path("x?y"), "line\nline", 3)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / f"m{HOSTILE.replace('/', '')}.tflite"
    path.write_bytes(write_bytes(called(conv_chain(layers=2, size=8, channels=2), HOSTILE)))
    return path


VERBS = {
    "inspect": ("inspect", "{model}", "--plan"),
    "plan": ("plan", "{model}", "-o", "{out}", "--ascii"),
    "fit": ("fit", "{model}", "-o", "{out}", "--effort", "fast"),
    "export": ("export", "{model}", "-o", "{folder}"),
    "diff": ("diff", "{model}", "{other}", "--all"),
    "diff markdown": ("diff", "{model}", "{other}", "--format", "markdown"),
    "measure": ("measure", "{model}", "--compare"),
    "report": ("report", "{model}", "-o", "{folder}/page.html", "--effort", "fast"),
    "overlay": ("overlay", "{model}", "--to", "perfetto", "-o", "{folder}/trace.json"),
    "refused": ("inspect", "{model}.none"),
    **{
        f"check {form}": ("check", "{model}", "--arena", "1K", "--format", form)
        for form in ("text", "junit", "github", "markdown", "json")
    },
}


@pytest.mark.parametrize("verb", VERBS)
def test_no_control_character_passes_a_verb(verb: str, model: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    other = tmp_path / "other.tflite"
    other.write_bytes(write_bytes(conv_chain(layers=2, size=8, channels=4)))
    places = {"model": model, "other": other, "out": tmp_path / "out.tflite", "folder": tmp_path / "folder"}
    ended = invoke(*(part.format(**places) for part in VERBS[verb]))

    assert ended.exit_code in {0, 3, 4, 7, 8}, ended.output
    written = [path.read_text("utf-8") for path in (tmp_path / "folder").iterdir() if path.suffix != ".cc"]
    for text in (ended.stdout, ended.stderr, *written):
        # The page brings libraries with spaces of their own; nothing of the name is left in it.
        assert not set(text) & _CONTROLS
        assert text.startswith("<!DOCTYPE") or all(line.isprintable() for line in text.split("\n")), repr(text)
        commands = [line for line in text.split("\n") if line.startswith("::")]
        assert not any("owned" in line.split("::")[1].partition(" ")[0] for line in commands)
        assert verb == "check github" or not commands
        assert not any(line.startswith(("<script>alert", "owned")) for line in text.split("\n"))


def test_modules_that_render_checks_are_those_tested() -> None:
    assert {junit, github, check_markdown} <= set(renderers())
