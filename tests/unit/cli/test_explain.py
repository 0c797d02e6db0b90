import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from arenafit.cli import build_app
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint
from support.cli import PLAIN, invoke, run
from support.models import conv_chain

LINE = "Failed to resize buffer. Requested: 367488, available 100000, missing: 267488"


def test_a_line_a_file_and_standard_input_say_the_same(tmp_path: Path) -> None:
    log = tmp_path / "boot.log"
    log.write_bytes(b"\xff\xfe boot \x1b[31m\n" + LINE.encode() + b"\n")
    direct = json.loads(invoke("explain", LINE, "--json").stdout)["messages"]
    from_file = json.loads(invoke("explain", "--file", str(log), "--json").stdout)["messages"]
    piped = CliRunner(env=PLAIN).invoke(build_app(), ["explain", "-", "--json"], input=LINE)
    assert direct == json.loads(piped.stdout)["messages"]
    assert [row["id"] for row in from_file] == [row["id"] for row in direct] == ["resize-buffer"]
    assert from_file[0]["line_number"] == 2


def test_words_need_no_quotation_marks() -> None:
    assert "Didn't find" in invoke("explain", "Didn't", "find", "op", "for", "builtin", "opcode", "'ADD'").stdout


def test_nothing_known_is_exit_code_1() -> None:
    result = invoke("explain", "it does not work")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no message of TFLM is known" in result.stderr


def test_the_command_line_is_checked(tmp_path: Path) -> None:
    assert invoke("explain").exit_code == 2
    assert invoke("explain", LINE, "--file", "x").exit_code == 2
    assert invoke("explain", "--file", str(tmp_path / "none")).exit_code == 9
    assert invoke("explain", LINE, "--model", str(tmp_path / "none.tflite")).exit_code == 3


def test_a_model_is_priced_with_what_fit_would_give(tmp_path: Path) -> None:
    model = conv_chain(size=32)
    file = tmp_path / "model.tflite"
    file.write_bytes(write_bytes(model))
    document = json.loads(invoke("explain", LINE, "--model", str(file), "--effort", "2000", "--json").stdout)["model"]
    assert document["min_arena_bytes"] == footprint(model, CORTEX_M4).min_arena_bytes
    assert document["fit"]["min_arena_bytes"] < document["min_arena_bytes"]
    assert document["fit"]["steps"]


@pytest.mark.parametrize("text", ["\x1b[31mred\x07 " + LINE])
def test_a_log_cannot_steer_the_terminal(text: str) -> None:
    shown = run("explain", text).stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
