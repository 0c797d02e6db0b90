"""Standard output that is full, closed or of another encoding, inputs that never end: an answer or one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from arenafit.tflite import write_bytes
from support.cli import invoke, run
from support.models import conv_chain

COMMAND = [sys.executable, "-m", "arenafit"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain(layers=1, size=4, channels=2)))
    return path


def ended(command: str, model: Path) -> tuple[int, str]:
    # A shell, since what is tested is what a shell does to stdout.
    line = f'"$0" -m arenafit {command}'
    found = subprocess.run(
        ["/bin/sh", "-c", line, sys.executable, str(model)], capture_output=True, text=True, check=False
    )
    return found.returncode, found.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("verb", ["inspect", "inspect --json", "overlay --to perfetto -o -"])
def test_a_full_standard_output_is_exit_8(model: Path, verb: str) -> None:
    code, err = ended(f'{verb} "$1" > /dev/full', model)

    assert (code, err.count("\n")) == (8, 1), err
    assert "cannot be written" in err


def test_a_closed_standard_output_is_exit_8(model: Path) -> None:
    code, err = ended('inspect "$1" >&-', model)

    assert (code, err) == (8, "arenafit: error: standard output is closed\n")


@pytest.mark.parametrize(
    "variables", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONUTF8": "0", "LC_ALL": "C"}]
)
def test_a_terminal_of_another_encoding_gets_escapes(tmp_path: Path, model: Path, variables: dict[str, str]) -> None:
    other = tmp_path / "größer→.tflite"
    other.write_bytes(model.read_bytes())
    for verb in (("inspect", str(other)), ("diff", str(model), str(other), "--format", "markdown")):
        assert run(*verb, env=variables).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text here")
def test_file_names_that_are_no_text(tmp_path: Path, model: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/m\xff.tflite"
    Path(os.fsdecode(odd)).write_bytes(model.read_bytes())
    page = tmp_path / "page.html"
    for arguments in ([b"inspect", odd], [b"inspect", odd, b"--json"], [b"report", odd, b"-o", os.fsencode(page)]):
        found = subprocess.run([*map(os.fsencode, COMMAND), *arguments], capture_output=True, check=False)
        assert found.returncode == 0, found.stderr
        found.stdout.decode("utf-8")
    page.read_text("utf-8")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_are_no_configuration(tmp_path: Path, model: Path) -> None:
    for name in ("arenafit.toml", "board.toml", "steps.json", "data.npz"):
        os.mkfifo(tmp_path / name)
    cases = {
        13: ("check", model, "-c", tmp_path / "arenafit.toml"),
        12: ("inspect", model, "-b", tmp_path / "board.toml"),
        9: ("report", model, "--fitted", model, "--steps", tmp_path / "steps.json", "-o", tmp_path / "x.html"),
    }
    for code, arguments in cases.items():
        found = invoke(*map(str, arguments))
        assert (found.exit_code, "is not a regular file" in found.stderr) == (code, True), found.output


def test_deep_configuration_is_refused_in_a_line(tmp_path: Path, model: Path) -> None:
    (tmp_path / "c.toml").write_text("a = " + "[" * 50_000 + "]" * 50_000)
    (tmp_path / "s.json").write_text("[" * 50_000 + "]" * 50_000)
    steps = ("report", model, "--fitted", model, "--steps", tmp_path / "s.json", "-o", tmp_path / "x.html")
    for code, arguments in {13: ("check", model, "-c", tmp_path / "c.toml"), 9: steps}.items():
        found = invoke(*map(str, arguments))
        assert (found.exit_code, found.stderr.count("\n")) == (code, 1), found.output
        assert "nested too deeply" in found.stderr


@pytest.mark.parametrize("size", ["9" * 400, "1e999", "99999999999T"])
def test_sizes_beyond_all_memory_are_refused(model: Path, size: str) -> None:
    found = invoke("check", str(model), "--arena", size)

    assert (found.exit_code, found.stderr.count("\n")) == (1, 1), found.output
