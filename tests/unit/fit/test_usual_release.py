"""A model is made for the TFLM that its board usually has, unless another is named."""

from pathlib import Path

import pytest

import arenafit
from arenafit.api.report import view_model
from arenafit.check import BudgetLimits
from arenafit.ir import DType, Model
from arenafit.report.documents.answers.age import age_clause
from arenafit.targets.boards import find_board
from arenafit.targets.releases import find_release
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_bytes, write_bytes
from arenafit.tflm import footprint
from arenafit.validity.release import needs
from arenafit.validity.usual import usual_release
from support.cli import invoke
from support.models import Sketch, conv_chain


def newer() -> Model:
    """MAXIMUM on int16, in TFLM since 2024-09-09."""
    sketch = Sketch(DType.INT16)
    output = sketch.tensor("output", (1, 4))
    sketch.editor.append_op(sketch.editor.make_op("MAXIMUM", (sketch.input(1, 4), sketch.input(1, 4)), (output,)))
    return sketch.finish(output)


@pytest.mark.parametrize(
    ("board", "model", "found"),
    [
        ("arduino-nano-33-ble", conv_chain(), "arduino"),
        ("pico", newer(), "pico-tflmicro"),
        ("arduino-nano-33-ble", newer(), None),  # the model itself is too new: the verdict says so, nothing is refused
        ("esp32-s3", conv_chain(), None),  # its newest component has all that loops need
        ("nrf52840-dk", conv_chain(), None),  # nothing is usual there
    ],
)
def test_which_tflm_a_board_implies(board: str, model: Model, found: str | None) -> None:
    release = usual_release(find_board(board), model)
    assert (None if release is None else release.name) == found


def test_no_board_implies_none() -> None:
    assert usual_release(None, conv_chain()) is None


def test_the_verdict_says_what_a_model_was_made_for_and_how_to_have_another(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(conv_chain()))
    board = "arduino-nano-33-ble"
    made = arenafit.fit_model(path, tmp_path / "made.tflite", board=board, effort=0)
    assert made.answer is not None
    assert "made and predicted for the board's usual TFLM, Arduino_TensorFlowLite 2.4.0" in made.answer.needs
    assert "--tflm newest" in made.answer.needs
    assert made.verdict.older is not None
    other = arenafit.fit_model(path, tmp_path / "other.tflite", board=board, effort=0, tflm="newest")
    assert other.answer is not None
    assert "made and predicted for" not in other.answer.needs


def test_what_of_an_operator_is_too_new_is_said() -> None:
    [need] = needs(newer())
    assert age_clause(need, find_board("arduino-nano-33-ble")).endswith("it has no MAXIMUM with INT16")


def test_every_verb_predicts_for_the_tflm_that_the_board_usually_has(tmp_path: Path) -> None:
    path, made = tmp_path / "model.tflite", tmp_path / "made.tflite"
    path.write_bytes(write_bytes(conv_chain()))
    board = "arduino-nano-33-ble"
    fitted = arenafit.fit_model(path, made, board=board, effort=0)
    inspected = arenafit.inspect_model(made, board=board)
    assert inspected.target.tflm == find_release("arduino").tflm
    assert inspected.min_arena_bytes == fitted.after_predicted_bytes
    assert inspected.min_arena_bytes != arenafit.inspect_model(made, board=board, tflm="newest").min_arena_bytes
    assert view_model(made, board=board).inspection.min_arena_bytes == fitted.after_predicted_bytes
    page = arenafit.report_model(path, fitted=made, board=board, effort=0)
    assert page.after is not None
    assert page.after.inspection.min_arena_bytes == fitted.after_predicted_bytes
    [row] = arenafit.check_models([made], BudgetLimits(board=board)).checks
    assert row.arena_bytes == fitted.after_predicted_bytes


def test_a_page_of_two_models_is_of_one_tflm(tmp_path: Path) -> None:
    """One that the board's usual TFLM does not run beside one that it runs: both are predicted for the newest."""
    old, new = tmp_path / "old.tflite", tmp_path / "new.tflite"
    old.write_bytes(write_bytes(conv_chain()))
    new.write_bytes(write_bytes(newer()))
    page = arenafit.report_model(old, fitted=new, board="arduino-nano-33-ble", effort=0)
    assert page.after is not None
    assert page.before.inspection.target.tflm == page.after.inspection.target.tflm == CORTEX_M4.tflm


def verbs(model: Path, folder: Path) -> dict[str, list[str]]:
    """Every verb that takes a board and predicts, as it is asked about one model that needs no change."""
    out = ["-o", str(folder / "out")]
    text = ["-o", str(folder / "out.tflite")]
    message = "Failed to resize buffer. Requested: 100, available 50, missing: 50"
    return {
        "inspect": [str(model)],
        "check": [str(model)],
        "report": [str(model), "--effort", "0", "-o", str(folder / "report.html")],
        "diff": [str(model), str(model)],
        "plan": [str(model), *text],
        "whatif": [str(model)],
        "export": [str(model), *out],
        "explain": [
            message,
            "--model",
            str(model),
            "--effort",
            "0",
        ],
        "fit": [str(model), "--effort", "0", *text],
    }


@pytest.mark.parametrize(("tflm", "release"), [((), "pico-tflmicro"), (("--tflm", "newest"), "newest")])
def test_every_verb_says_one_figure_for_one_tflm(tflm: tuple[str, ...], release: str, tmp_path: Path) -> None:
    """One of them that did not look up the board's TFLM, or lost --tflm, would say another figure, or another month."""
    made = tmp_path / "made.tflite"
    (tmp_path / "model.tflite").write_bytes(write_bytes(conv_chain()))
    arenafit.fit_model(tmp_path / "model.tflite", made, board="pico", effort=0, smallest=True)
    asked = find_release(release)
    found = footprint(read_bytes(made.read_bytes(), "made"), asked.of(find_board("pico").target)).min_arena_bytes
    for verb, words in verbs(made, tmp_path).items():
        result = invoke(verb, *words, "--board", "pico", *tflm)
        assert result.exit_code == 0, (verb, result.output)
        if verb != "explain":
            first = result.output.splitlines()[0]
            assert f"smallest working arena: {found:,} bytes on pico with TFLM of {asked.tflm[:7]}" in first, verb
        assert f"{found:,}" in result.output, verb
        assert verb == "explain" or " ".join(tflm) in result.output, verb


def test_growth_is_of_one_tflm(tmp_path: Path) -> None:
    """The board's usual TFLM runs the baseline alone: as both are compared, both are predicted for the newest."""
    old, new = tmp_path / "old.tflite", tmp_path / "new.tflite"
    old.write_bytes(write_bytes(conv_chain()))
    new.write_bytes(write_bytes(newer()))
    board = "arduino-nano-33-ble"
    [row] = arenafit.check_models([new], BudgetLimits(board=board, baseline=old)).checks
    newest = arenafit.inspect_model(old, target="cortex-m4").min_arena_bytes
    assert (row.tflm, row.baseline_arena_bytes) == (CORTEX_M4.tflm, newest)
    [named] = arenafit.check_models([old], BudgetLimits(board=board, baseline=old, tflm="2024-06")).checks
    assert named.tflm == find_release("2024-06").tflm


def test_a_baseline_of_another_tflm_is_said_to_be_one(tmp_path: Path) -> None:
    model, table = tmp_path / "model.tflite", tmp_path / "earlier.json"
    model.write_bytes(write_bytes(conv_chain()))
    table.write_text(arenafit.check_models([model], BudgetLimits(board="pico")).to_json(), encoding="utf-8")
    [same] = arenafit.check_models([model], BudgetLimits(board="pico", baseline=table)).checks
    assert not same.notes
    [other] = arenafit.check_models([model], BudgetLimits(board="pico", baseline=table, tflm="2024-06")).checks
    assert any("figures are of TFLM of 2024-12-26, these of TFLM of 2024-06" in note for note in other.notes)
