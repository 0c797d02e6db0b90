"""Every verb begins with the same words: the smallest working arena, whether it fits, what it needs, what next."""

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

import arenafit
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.models import conv_chain, residual
from support.one_op import f32, one_op

EXAMPLES = Path(__file__).parents[3] / "examples" / "small"
BOARD = "nucleo-f401re"
SMALL, OTHER = "small.tflite", "other.tflite"
TRAINED, DATA = "motion_fp32.tflite", "motion_calibration.npz"
# A call of each verb that answers of one model, without a board.
CALLS: dict[str, Sequence[str]] = {
    "diff": (OTHER, SMALL),
    "export": (SMALL, "-o", "firmware"),
    "fit": (SMALL, "-o", "fitted.tflite", "--effort", "0"),
    "inspect": (SMALL,),
    "overlay": (SMALL, "--to", "perfetto", "-o", "trace.json"),
    "plan": (SMALL, "-o", "planned.tflite"),
    "prune": (TRAINED, "--data", DATA, "-o", "pruned.tflite", "--force", "--max-drop", "50%"),
    "quantize": (TRAINED, "--data", DATA, "-o", "int8.tflite", "--only"),
    "repair": (SMALL, "-o", "repaired.tflite"),
    "report": (SMALL, "-o", "page.html", "--effort", "0"),
    "whatif": (SMALL,),
}
RUN_TFLM = {"fit", "plan", "prune", "quantize", "repair"}
TAKE_NO_BOARD = {"repair", "plan"}  # repair changes shapes, plan the layout: neither aims at a board


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(SMALL).write_bytes(write_bytes(conv_chain(layers=2, size=8, channels=4)))
    Path(OTHER).write_bytes(write_bytes(residual()))
    for name in (TRAINED, DATA):
        shutil.copy(EXAMPLES / name, name)


def said(verb: str, *more: str) -> list[str]:
    if verb in RUN_TFLM:
        pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    if verb == "quantize":
        pytest.importorskip("litert_quantizer", reason="needs the extra `quantize`")
    found = invoke(verb, *CALLS[verb], *more)
    assert found.exit_code == 0, found.stderr
    return found.stdout.splitlines()


@pytest.mark.parametrize("verb", CALLS)
def test_the_first_lines_are_result_verdict_needs_and_a_command_that_there_is(verb: str) -> None:
    lines = said(verb)
    assert lines[0].startswith("smallest working arena: ")
    assert "on cortex-m4, " in lines[0]
    assert "predicted" in lines[0]
    assert lines[1] == "no budget named: --board NAME says whether it fits" or verb == "plan"
    assert lines[2].startswith("needs ")
    step = next(line for line in lines if line.startswith("next: ")).removeprefix("next: ")
    words = shlex.split(step)
    if words[0] == "arenafit":
        text = invoke(words[1], "--help").output
        assert all(word.split("=")[0] in text for word in words[2:] if word.startswith("--"))


@pytest.mark.parametrize("verb", sorted(set(CALLS) - TAKE_NO_BOARD))
def test_the_verdict_on_a_board_is_the_second_line(verb: str) -> None:
    lines = said(verb, "--board", BOARD)
    assert lines[1].startswith("fits ST NUCLEO-F401RE: ")
    assert "bytes to spare" in lines[1]


def test_the_same_figure_for_the_same_model_in_every_verb() -> None:
    least = f"{arenafit.inspect_model(SMALL).min_arena_bytes:,} bytes"
    for verb in ("export", "inspect", "overlay", "report", "whatif"):
        assert said(verb)[0].startswith(f"smallest working arena: {least} on cortex-m4")
    assert f"-> {least} (" in said("diff")[0]


def test_the_page_says_what_the_terminal_says() -> None:
    lines = said("report", "--board", BOARD)
    page = Path("page.html").read_text(encoding="utf-8")
    title = lines[1].split(" in SRAM")[0]
    assert f"{title[0].upper()}{title[1:]} in SRAM</h1>" in page
    assert lines[1].removeprefix(f"{title} in SRAM, ") in page
    assert lines[0] in page
    assert lines[2] in page
    assert next(line for line in lines if line.startswith("next: ")).removeprefix("next: ") in page


def test_the_page_names_no_folder_and_the_terminal_does(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    shutil.copy(SMALL, "deep/model.tflite")
    found = invoke("report", "deep/model.tflite", "-o", "page.html", "--effort", "0")
    assert "arenafit whatif deep/model.tflite" in found.stdout or "arenafit fit deep/model.tflite" in found.stdout
    assert "deep" not in Path("page.html").read_text(encoding="utf-8")


def test_what_a_refused_model_gets_with_estimate_is_no_fit() -> None:
    Path("odd.tflite").write_bytes(write_bytes(one_op("GELU", [f32(1, 4)], [f32(1, 4)])))
    found = invoke("inspect", "odd.tflite", "--estimate", "--board", BOARD)
    assert found.exit_code == 0
    lines = found.stdout.splitlines()
    assert lines[0].startswith("TFLM does not run this: operator 0 (GELU)")
    assert "no arena makes it work as it is" in lines
    assert "next: arenafit measure odd.tflite" in lines
    assert "next: arenafit fit" not in found.stdout
    assert arenafit.inspect_model("odd.tflite", estimate=True, board=BOARD).answer.fits is False


def test_a_model_written_to_standard_output_is_no_dash_in_commands() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    steps = arenafit.plan_model(SMALL, "planned.tflite").document.answer
    assert steps is not None
    text = invoke("plan", SMALL, "-o", "-", "--json").stderr
    assert "arenafit export - " not in text
    assert "arenafit export MODEL.tflite " in text or "arenafit export" not in text


def test_whatif_says_which_instructions_stand_in() -> None:
    assert "nobody has counted" not in invoke("whatif", SMALL).stdout
    assert "nobody has counted the instructions of esp-nn" in invoke("whatif", SMALL, "--board", "esp32").stdout
