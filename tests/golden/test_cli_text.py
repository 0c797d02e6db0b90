"""What the verbs print, word for word, on models that the tests build: terminal of 120 columns, no colour."""

from importlib.metadata import version
from pathlib import Path

import pytest

from arenafit.ir import DType
from arenafit.tflite import write_bytes
from conftest import Golden
from support.cli import PLAIN, invoke
from support.models import conv_chain, residual


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("residual.tflite").write_bytes(write_bytes(residual()))
    Path("wide.tflite").write_bytes(write_bytes(conv_chain(DType.FLOAT32, size=64, channels=16)))


def test_inspect(golden: Golden) -> None:
    golden("cli/inspect.txt", invoke("inspect", "residual.tflite", "--plan", "--all").stdout)


def test_inspect_on_a_board_that_is_too_small(golden: Golden) -> None:
    golden("cli/inspect_board.txt", invoke("inspect", "wide.tflite", "--board", "nucleo-f401re", "--all").stdout)


def test_the_first_screen_of_inspect(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLAIN, "COLUMNS", "80")
    golden("cli/inspect_80.txt", invoke("inspect", "wide.tflite", "--board", "nucleo-f401re").stdout)


def test_the_first_screen_of_check(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLAIN, "COLUMNS", "80")
    golden("cli/check_80.txt", invoke("check", "wide.tflite", "--board", "nucleo-f401re").stdout)


def test_measure_beside_the_prediction(golden: Golden) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    text = invoke("measure", "residual.tflite", "--compare", "--min-arena").stdout
    golden("cli/measure_compare.txt", text.replace(version("tflite-micro"), "VERSION"))


def test_one_board(golden: Golden) -> None:
    golden("cli/board.txt", invoke("boards", "nucleo-h743zi2").stdout)


def test_all_boards(golden: Golden) -> None:
    golden("cli/boards.txt", invoke("boards").stdout)
