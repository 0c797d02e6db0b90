"""What answers tell to run next, as a shell takes it, and what they say of models nobody should build with."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

import arenafit
from arenafit.report.documents.answers.answer import Answer, command, misfit_steps, quoted, tflm_clause, where_of
from arenafit.targets.boards import find_board
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.hostile import nested_ifs
from support.models import conv_chain

BOARD = "nucleo-f401re"


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.tflite").write_bytes(write_bytes(conv_chain(layers=2, size=8, channels=4)))


def inspected(name: str) -> Answer:
    found = arenafit.inspect_model(name, board=BOARD).answer
    assert found is not None
    return found


def test_a_name_that_is_not_printable_is_quoted_so_that_a_shell_makes_it_again() -> None:
    """As `?` it names another file; a quote or backslash in it would end the text or change it."""
    name = "a\nb'\\c.tflite"
    made = command("inspect", name)
    assert made.isprintable()
    told = subprocess.run(["/bin/bash", "-c", f"printf %s {quoted(name)}"], capture_output=True, text=True, check=True)
    assert told.stdout == name
    Path(name).write_bytes(Path("small.tflite").read_bytes())
    assert quoted(name) in invoke("inspect", name, "--board", BOARD).stdout


def test_what_quantises_is_told_the_board_and_the_tflm_but_no_memories() -> None:
    options = ("--board", BOARD, "--memory", "ram=64K", "--tflm", "2024-06")
    assert where_of(options) == ("--board", BOARD, "--tflm", "2024-06")
    step = misfit_steps("float.tflite", options, -1, floats=True)[0]
    assert f"--board {BOARD} --tflm 2024-06 -o" in step.command


def test_operators_are_held_against_a_tflm_older_than_all_that_is_known() -> None:
    assert "the board's usual TFLM, of 2023-02" in tflm_clause(None, find_board("arduino-nano-33-ble"))
    assert tflm_clause(None, find_board("pico")) == tflm_clause(None)


def test_a_missed_flash_names_no_operator_and_a_measurement_is_shown() -> None:
    flash = invoke("check", "small.tflite", "--flash", "100").stdout
    assert "over the budget of 100" in flash
    assert "the peak is in" not in flash
    assert "the peak is in" in invoke("check", "small.tflite", "--arena", "100").stdout
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    measured = invoke("check", "small.tflite", "--arena", "64K", "--measure").stdout
    assert re.search(r"measured: tflite-micro records [\d,]+ bytes, as predicted", measured)


def test_an_untrained_model_is_called_so_before_it_is_exported() -> None:
    assert invoke("whatif", "small.tflite", "--set", "conv#0.channels=2", "-o", "untrained.tflite").exit_code == 0
    found = inspected("untrained.tflite")
    assert "UNTRAINED" in found.verdict
    assert "--untrained" in found.next[0].command
    assert invoke(*shlex.split(found.next[0].command)[1:]).exit_code == 0


def test_a_page_shows_what_no_search_can_lay_out() -> None:
    """The suggestion is priced by laying the model out anew; that this cannot be is no reason to show nothing."""
    page = arenafit.report_model(write_bytes(nested_ifs(13)), board=BOARD)
    assert page.opportunities is None
    assert page.before.inspection.min_arena_bytes > 0
