"""What the verbs answer before they show evidence: does it fit, how much is left, what next."""

import json
import shlex
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import arenafit
from arenafit.fit import Settings
from arenafit.fit.provenance import stamped
from arenafit.ir import DType, Model
from arenafit.report.documents.answers.age import newer_than
from arenafit.report.documents.answers.answer import (
    Answer,
    Budget,
    is_float,
    misfit_steps,
    needed_tflm,
    tflm_clause,
)
from arenafit.report.render.terminal._tables import cut
from arenafit.targets.boards import find_board
from arenafit.targets.releases import products
from arenafit.tflite import write_bytes
from arenafit.validity.release import Need
from support.cli import invoke
from support.models import conv_chain
from support.one_op import const, i8, one_op, weights

BOARD = "nucleo-f401re"  # leaves 81,920 bytes


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.tflite").write_bytes(write_bytes(conv_chain(layers=2, size=8, channels=4)))
    Path("large.tflite").write_bytes(write_bytes(conv_chain(layers=2, size=128, channels=16)))
    Path("float.tflite").write_bytes(write_bytes(conv_chain(DType.FLOAT32, size=64, channels=16)))


def inspected(name: str, board: str | None = BOARD) -> Answer:
    found = arenafit.inspect_model(name, board=board).answer
    assert found is not None
    return found


def verbs(found: Answer) -> list[str]:
    return [shlex.split(step.command)[1] for step in found.next]


def test_a_model_that_fits_is_exported() -> None:
    found = inspected("small.tflite")
    document = arenafit.inspect_model("small.tflite", board=BOARD)
    assert document.board is not None
    assert (found.fits, found.spare_bytes) == (True, document.board.spare_bytes)
    assert f"{found.spare_bytes:,} bytes to spare" in found.verdict
    assert verbs(found) == ["export"]


def test_a_model_that_does_not_fit_is_fitted_to_the_same_board() -> None:
    found = inspected("large.tflite")
    assert found.fits is False
    assert found.spare_bytes is not None
    assert f"{-found.spare_bytes:,} bytes too many" in found.verdict
    assert shlex.split(found.next[0].command)[1:5] == ["fit", "large.tflite", "--board", BOARD]


def test_a_float_model_is_quantised_first() -> None:
    assert verbs(inspected("float.tflite")) == ["quantize", "fit"]
    assert is_float(conv_chain(DType.FLOAT32))
    assert not is_float(conv_chain())


def test_a_board_of_a_file_is_named_by_the_file() -> None:
    ours = files("arenafit.targets").joinpath("boards", f"{BOARD}.toml").read_text("utf-8")
    Path("mine.toml").write_text(ours, encoding="utf-8")
    steps = [inspected("large.tflite", "mine.toml").next[0].command]
    for name in ("small.tflite", "large.tflite"):
        lines = invoke("check", name, "--board", "mine.toml").stdout.splitlines()
        steps += [line for line in lines if line.startswith(("next:", "or: "))]
    assert len(steps) == 3
    assert all("--board mine.toml" in step for step in steps)


def test_without_a_budget_nothing_is_said_to_fit() -> None:
    found = inspected("small.tflite", board=None)
    assert (found.fits, found.spare_bytes) == (None, None)
    assert "--board" in found.verdict


def test_every_figure_of_the_smallest_working_arena_is_the_same() -> None:
    arena = f"smallest working arena: {arenafit.inspect_model('small.tflite').min_arena_bytes:,} "
    assert invoke("inspect", "small.tflite").stdout.startswith(f"{arena}bytes on cortex-m4, predicted\n")
    assert invoke("check", "small.tflite", "--arena", "1M").stdout.startswith(f"{arena}bytes on cortex-m4, predicted\n")


def test_check_says_how_much_is_missing_and_fits_to_its_budget() -> None:
    lines = invoke("check", "large.tflite", "--arena", "64K").stdout.splitlines()
    missing = arenafit.inspect_model("large.tflite").min_arena_bytes - 65536
    assert lines[1] == f"does not fit: {missing:,} bytes too many"
    assert lines[3] == "next: arenafit fit large.tflite --ram 65536 -o large_fitted.tflite"


def test_check_names_the_flash_too_and_quantises_a_float_model() -> None:
    text = invoke("check", "float.tflite", "--arena", "10K", "--flash", "1K").stdout
    assert f"{Path('float.tflite').stat().st_size - 1024:,} bytes too many in flash" in text.splitlines()[1]
    steps = [line.split()[:3] for line in text.splitlines() if "arenafit" in line.split()]
    assert steps == [["next:", "arenafit", "quantize"], ["or:", "arenafit", "fit"]]


def test_a_model_too_new_says_since_when_and_for_whom() -> None:
    text = tflm_clause(Need("2025-11-10", "DYNAMIC_UPDATE_SLICE", "the operator", "62cbc8e3e"))
    assert text.startswith("needs TFLM of 2025-11 or later (DYNAMIC_UPDATE_SLICE: the operator)")
    assert "newer than any release of arduino" in text
    assert needed_tflm([conv_chain()]) is None
    assert tflm_clause(None) == "needs no operator newer than TFLM of 2023-10"
    # Of a board that is named its own TFLM is judged: others say nothing.
    need = Need("2024-09-01", "FULLY_CONNECTED", "weights with a scale per channel", "")
    for board, end in (("pico", "the board's usual one is new enough"), ("arduino-nano-33-ble", "is older")):
        assert tflm_clause(need, find_board(board)).endswith(end)
        assert "any release" not in tflm_clause(need, find_board(board))


def test_the_budget_is_the_memory_on_the_chip_unless_one_is_named() -> None:
    board = find_board(BOARD)
    assert Budget(board).search_bytes == board.on_chip_bytes == 81920
    assert Budget(board, 1000, "1000 bytes").search_bytes == 1000
    assert Budget().search_bytes is None
    assert Budget(None, 1000, "an arena of 1,000 bytes").verdict(1001, 0) == (
        "does not fit an arena of 1,000 bytes: 1 bytes too many",
        False,
        -1,
    )
    # The arena alone does not make it fit: a model that the flash cannot hold does not.
    assert Budget(board).verdict(1000, 1 << 30)[1] is False


def test_a_model_that_fits_the_board_is_not_made_slower() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    kept = arenafit.fit_model("small.tflite", "kept.tflite", board=BOARD, effort=50)
    assert kept.instructions_ratio <= 1
    assert kept.answer is not None
    assert kept.answer.verdict.endswith("so did the model as it came")
    smallest = arenafit.fit_model("small.tflite", "smallest.tflite", board=BOARD, smallest=True, effort=50)
    assert smallest.after_predicted_bytes <= kept.after_predicted_bytes
    again = arenafit.fit_model("kept.tflite", "again.tflite", board=BOARD, effort=50)
    assert again.answer is not None
    assert again.answer.result.endswith("nothing smaller was found that is no slower (--smallest: at any speed)")
    assert again.why_stopped.endswith("no rewrite made it smaller and no slower")


def test_what_cannot_be_made_to_fit_is_told_with_what_would_help(tmp_path: Path) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    result = invoke("fit", "small.tflite", "-o", "out.tflite", "--ram", "1K", "--effort", "0")
    assert result.exit_code == 7
    assert "does not fit an arena of 1,024 bytes" in result.stdout
    lines = [line for line in result.stdout.splitlines() if line.startswith(("next:", "or: "))]
    assert [line.split()[2] for line in lines] == ["prune", "whatif"]


def test_every_next_command_is_one_that_there_is() -> None:
    found = [step for name in ("small", "large", "float") for step in inspected(f"{name}.tflite").next]
    for step in found:
        words = shlex.split(step.command)
        text = invoke(words[1], "--help").output
        assert words[0] == "arenafit"
        assert all(word.split("=")[0] in text for word in words if word.startswith("--"))


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [("abc", 3, "abc"), ("abcdef", 5, "ab…ef"), ("abcdef", 4, "a…ef"), ("abcdef", 6, "abcdef")],
)
def test_names_are_cut_in_the_middle(text: str, length: int, shown: str) -> None:
    assert cut(text, length) == shown
    assert len(shown) <= length


def test_more_than_addresses_reach_fits_nothing() -> None:
    assert Budget().verdict(1 << 32, 1)[1:] == (None, None)
    says, fits, spare = Budget().verdict((1 << 40) + 16, 1)
    assert says.startswith("fits no microcontroller")
    assert (fits, spare) == (False, (1 << 32) - (1 << 40) - 16)


def looped() -> Model:
    """Return a model with an operator that TFLM has since 2025-11."""
    constant = const(np.zeros((1, 4)), np.int8)
    return one_op("DYNAMIC_UPDATE_SLICE", [i8(1, 4), constant, const(np.zeros(2, np.int32))], [i8(1, 4)])


def test_a_board_whose_usual_tflm_is_too_old_says_so_and_what_then() -> None:
    Path("new.tflite").write_bytes(write_bytes(looped()))
    found = inspected("new.tflite", "arduino-nano-33-ble")
    assert found.fits is True
    assert found.too_old
    assert "but the board's usual TFLM, Arduino_TensorFlowLite 2.4.0 of 2023-02, is too old" in found.verdict
    assert shlex.split(found.next[0].command) == ["arenafit", "measure", "new.tflite", "--tflm", "arduino"]
    assert found.verdict.endswith("it has no DYNAMIC_UPDATE_SLICE")
    assert not inspected("new.tflite", BOARD).too_old  # nothing is usual there
    assert not inspected("new.tflite", "esp32").too_old
    checked = json.loads(invoke("check", "new.tflite", "--board", "arduino-nano-33-ble", "--json").stdout)["answer"]
    assert (checked["verdict"], checked["too_old"]) == (found.verdict, True)
    assert checked["next"][0]["command"] == "arenafit inspect new.tflite --board arduino-nano-33-ble"
    fitted = stamped(looped(), b"", Settings())
    Path("fitted.tflite").write_bytes(write_bytes(fitted))
    again = inspected("fitted.tflite", "arduino-nano-33-ble").next[0].command
    assert again.startswith("arenafit fit ORIGINAL.tflite --board arduino-nano-33-ble --tflm arduino ")
    written = json.loads(
        invoke("export", "fitted.tflite", "-o", "out", "--board", "arduino-nano-33-ble", "--json").stdout
    )["answer"]
    assert (written["too_old"], written["next"][0]["command"]) == (True, again)
    assert "of 2023-02, is too old" in written["verdict"]


def test_check_judges_a_board_in_the_words_of_inspect() -> None:
    for name in ("small.tflite", "large.tflite"):
        told = invoke("check", name, "--board", BOARD).stdout.splitlines()[1]
        assert told == inspected(name).verdict


def test_a_file_too_large_for_the_flash_is_not_said_to_fit_by_rewriting() -> None:
    for is_a_float, verb in ((True, "quantize"), (False, "prune")):
        assert [
            shlex.split(step.command)[1]
            for step in misfit_steps("m.tflite", ("--board", BOARD), spare_bytes=1, floats=is_a_float)
        ] == [verb]
    found = json.loads(invoke("check", "small.tflite", "--arena", "1M", "--flash", "1K", "--json").stdout)["answer"]
    assert found["spare_bytes"] > 0
    assert "prune" in found["next"][0]["command"]


def test_what_came_too_new_is_not_fitted_for_an_older_tflm_but_what_fit_made_is() -> None:
    Path("new.tflite").write_bytes(write_bytes(looped()))
    told = invoke("fit", "new.tflite", "-o", "fitted.tflite", "--board", "arduino-nano-33-ble", "--effort", "1").stdout
    first = next(line for line in told.splitlines() if line.startswith("next: "))
    assert first == "next: arenafit measure new.tflite --tflm arduino"
    assert "nothing takes DYNAMIC_UPDATE_SLICE out" in told


def test_scales_that_came_late_are_quantised_anew() -> None:
    product = products()["arduino"]
    operands = [i8(1, 4), weights(DType.INT8, (6, 4), 0), const(np.zeros(6, np.int32))]
    model = one_op("FULLY_CONNECTED", operands, [i8(1, 6)])
    step = newer_than("dense.tflite", product, find_board("arduino-nano-33-ble"), model)
    assert step.command == (
        "arenafit quantize FLOAT.tflite --data SAMPLES.npz --board arduino-nano-33-ble -o dense_int8.tflite"
    )


def test_export_says_the_same_of_a_flash_that_is_too_small() -> None:
    pico = files("arenafit.targets").joinpath("boards", "pico.toml").read_text("utf-8")
    flash = next(line for line in pico.splitlines() if line.startswith("flash_bytes"))
    reserve = next(line for line in pico.splitlines() if line.startswith("flash_reserve_bytes"))
    small = pico.replace(flash, "flash_bytes = 4096").replace(reserve, "flash_reserve_bytes = 4000")
    Path("small-flash.toml").write_text(small, "utf-8")
    told = invoke("export", "small.tflite", "-o", "out", "--board", "small-flash.toml").stdout
    assert "bytes too many in flash" in " ".join(told.split())
    assert [line.split()[2] for line in told.splitlines() if line.startswith("next: ")] == ["prune"]
