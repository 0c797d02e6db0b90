import json
from pathlib import Path

import numpy as np
import pytest

import arenafit
from arenafit.fit.search.driver import Search
from arenafit.ir import DType
from arenafit.runtime import GeneratedInputs, Outputs, TflmRuntime, first_difference
from arenafit.tflite import make_options, read_model, write_bytes
from support.cli import invoke, run
from support.models import VALID
from support.netsketch import NetSketch, Sliding

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

QUICK = ("--effort", "500")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    drawn = NetSketch(DType.INT8)
    conv = drawn.sliding_conv(drawn.input(1, 26, 26, 1), 8, Sliding((3, 3), padding=VALID))
    pool = drawn.sliding_pool(conv, Sliding((2, 2), (2, 2), padding=VALID), "MAX")
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(drawn.finish(drawn.dense(drawn.reshape(pool, 1, 12 * 12 * 8), 3))))
    return path


def test_in_a_process(model: Path, tmp_path: Path) -> None:
    before = model.read_bytes()
    output = tmp_path / "fitted.tflite"
    result = run("fit", str(model), "-o", str(output), *QUICK)
    assert (result.returncode, result.stderr) == (0, "")
    assert model.read_bytes() == before
    runtime = TflmRuntime()
    wanted, found = (runtime.run(path, GeneratedInputs(4)) for path in (model, output))
    assert isinstance(wanted, Outputs)
    assert isinstance(found, Outputs)
    assert first_difference(wanted, found) is None
    assert "streamed" in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fitted.tflite", "model.tflite"]


def test_json_says_what_was_predicted_and_what_was_measured(model: Path, tmp_path: Path) -> None:
    output = tmp_path / "fitted.tflite"
    result = invoke("fit", str(model), "-o", str(output), "--json", "--target", "wheel", *QUICK)
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["after_predicted_bytes"] < document["before_predicted_bytes"]
    assert document["after_measured_bytes"] == document["after_predicted_bytes"]
    assert document["verdict"]["verified"] is True
    assert document["verdict"]["difference"] is None
    assert document["defects"] == []
    assert document["steps"][0]["predicted_bytes"] == document["before_predicted_bytes"]
    assert document["steps"][-1]["predicted_bytes"] == document["after_predicted_bytes"]
    assert document["flash_bytes_after"] == output.stat().st_size


def test_figures_with_operators_that_nobody_measured_say_so(model: Path, tmp_path: Path) -> None:
    drawn = NetSketch(DType.FLOAT32)
    tensor = drawn.conv(drawn.conv(drawn.input(1, 12, 12, 1), 8), 2)
    axis = drawn.editor.add_constant("axis", np.array(1, np.int32))
    summed = drawn.editor.add_tensor("summed", DType.FLOAT32, drawn.shape(tensor))
    options = make_options("CumsumOptions", exclusive=False, reverse=False)
    drawn.editor.append_op(drawn.editor.make_op("CUMSUM", (tensor, axis), (summed,), options))
    path, output = tmp_path / "rough.tflite", tmp_path / "fitted.tflite"
    path.write_bytes(write_bytes(drawn.finish(summed)))
    said = "instructions: CUMSUM counted roughly, no price was measured for a Cortex-M4 with CMSIS-NN"
    assert said in invoke("fit", str(path), "-o", str(output), *QUICK).stdout
    document = json.loads(invoke("fit", str(path), "-o", str(output), "--json", *QUICK).stdout)
    assert document["roughly_counted"] == ["CUMSUM"]
    assert document["core"] == "m4_cmsis_nn"
    assert document["instructions_ratio"] > 0.5  # what CUMSUM is taken to cost is part of both figures
    assert "counted roughly" not in invoke("fit", str(model), "-o", str(output), *QUICK).stdout


def test_the_input_is_never_written(model: Path, tmp_path: Path) -> None:
    before = model.read_bytes()
    link = tmp_path / "link.tflite"
    link.symlink_to(model)
    for output in (model, link, tmp_path / "." / "model.tflite"):
        result = invoke("fit", str(model), "-o", str(output), *QUICK)
        assert result.exit_code == 8
        assert result.stderr.count("\n") == 1
    assert model.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.tflite", b""),
        ("text.tflite", b"This is no model.\n" * 40),
        ("cut.tflite", None),
    ],
)
def test_what_is_no_model_leaves_nothing_behind(model: Path, tmp_path: Path, name: str, content: bytes | None) -> None:
    broken, output = tmp_path / name, tmp_path / "fitted.tflite"
    whole = model.read_bytes()
    broken.write_bytes(whole[: len(whole) // 2] if content is None else content)
    result = run("fit", str(broken), "-o", str(output), *QUICK)
    assert result.returncode == 3
    assert result.stdout == ""
    assert result.stderr.startswith("arenafit: error: ")
    assert result.stderr.count("\n") == 1
    assert not output.exists()


def test_a_directory_and_a_missing_file_are_no_models(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.tflite"):
        result = invoke("fit", str(path), "-o", str(tmp_path / "fitted.tflite"), *QUICK)
        assert result.exit_code in (2, 3)
        assert not (tmp_path / "fitted.tflite").exists()


def test_a_model_that_tflm_refuses_leaves_nothing_behind(tmp_path: Path) -> None:
    drawn = NetSketch(DType.FLOAT32)
    output = drawn.tensor("output", (1, 4))
    drawn.editor.append_op(drawn.editor.make_op("GELU", (drawn.input(1, 4),), (output,)))
    refused, written = tmp_path / "refused.tflite", tmp_path / "fitted.tflite"
    refused.write_bytes(write_bytes(drawn.finish(output)))
    result = invoke("fit", str(refused), "-o", str(written), *QUICK)
    assert result.exit_code == 14
    assert "GELU" in result.stderr
    assert not written.exists()


def test_an_output_that_cannot_be_written_is_told_before_the_search(model: Path, tmp_path: Path) -> None:
    result = invoke("fit", str(model), "-o", str(tmp_path / "nowhere" / "fitted.tflite"), "--effort", "60000")
    assert result.exit_code == 8
    assert result.stderr.count("\n") == 1


def test_ram_that_cannot_be_met_has_an_exit_code_of_its_own(model: Path, tmp_path: Path) -> None:
    output = tmp_path / "fitted.tflite"
    result = invoke("fit", str(model), "-o", str(output), "--ram", "1K", *QUICK)
    assert result.exit_code == 7
    assert "more than --ram 1K" in result.stderr


def test_ram_that_is_met(model: Path, tmp_path: Path) -> None:
    output = tmp_path / "fitted.tflite"
    result = invoke("fit", str(model), "-o", str(output), "--ram", "6K", "--json", *QUICK)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["after_predicted_bytes"] <= 6 * 1024


@pytest.mark.parametrize(
    "options",
    [
        ("--ram", "lots"),
        ("--max-slowdown", "fast"),
        ("--validity", "none"),
        ("--max-slowdown", "-5%"),
        ("--max-slowdown", "nan"),
        ("--max-slowdown", "1e999%"),
        ("--time", "-1"),
        ("--time", "nan"),
        ("--seed", "-1"),
        ("--effort", "9" * 5000),
        ("--effort", "much"),
        ("--target", "nowhere"),
    ],
)
def test_options_that_make_no_sense_are_told(model: Path, tmp_path: Path, options: tuple[str, str]) -> None:
    output = tmp_path / "fitted.tflite"
    result = invoke("fit", str(model), "-o", str(output), *options)
    assert result.exit_code in (1, 2, 12, 13)
    assert "Traceback" not in result.output
    assert not output.exists()


def test_without_effort_the_model_is_still_handed_back(model: Path, tmp_path: Path) -> None:
    output = tmp_path / "fitted.tflite"
    result = invoke("fit", str(model), "-o", str(output), "--effort", "0", "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["after_predicted_bytes"] <= document["before_predicted_bytes"]
    assert "the effort was used up" in document["why_stopped"]


def test_a_search_is_the_same_twice(model: Path, tmp_path: Path) -> None:
    contents = []
    for name in ("one.tflite", "two.tflite"):
        assert invoke("fit", str(model), "-o", str(tmp_path / name), "--effort", "500").exit_code == 0
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]


def test_a_time_cap_says_that_it_cut(model: Path, tmp_path: Path) -> None:
    result = invoke("fit", str(model), "-o", str(tmp_path / "fitted.tflite"), "--time", "0", "--json")
    document = json.loads(result.stdout)
    assert "the time cap of 0 s cut the search" in document["why_stopped"]
    assert document["after_predicted_bytes"] <= document["before_predicted_bytes"]


def test_the_python_api_writes_and_reports(model: Path, tmp_path: Path) -> None:
    output = tmp_path / "fitted.tflite"
    seen: list[int] = []
    document = arenafit.fit_model(model, output, effort=2000, report=lambda state: seen.append(state.best_bytes))
    assert seen == sorted(seen, reverse=True)
    assert document.after_predicted_bytes == seen[-1]
    assert read_model(output).main.outputs


def test_a_defect_is_kept_as_a_reproducer(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A search whose best candidate is another model altogether.
    drawn = NetSketch(DType.INT8)
    other = drawn.finish(drawn.dense(drawn.reshape(drawn.input(1, 26, 26, 1), 1, 676), 3))
    ranked = Search.ranked

    def spoiled(self: Search) -> object:
        from dataclasses import replace  # noqa: PLC0415

        best, *others = ranked(self)
        return [replace(best, priced=replace(best.priced, model=other)), *others]

    monkeypatch.setattr(Search, "ranked", spoiled)
    output = tmp_path / "fitted.tflite"
    result = invoke("fit", str(model), "-o", str(output), "--json", *QUICK)
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["defects"]) == 1
    assert read_model(tmp_path / "fitted.defect-1.tflite") == read_model(tmp_path / "fitted.defect-1.tflite")
    assert output.exists()


def test_an_old_tflm_gets_stripes_unrolled(model: Path, tmp_path: Path) -> None:
    output = tmp_path / "fitted.tflite"
    old = ("--tflm", "2024-06", "-t", "wheel", "--loops", "unrolled")
    result = invoke("fit", str(model), "-o", str(output), "--json", *old, *QUICK)
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["needs_tflm"] is None
    assert "stripes unrolled" in document["steps"][-1]["what"]
    assert document["after_measured_bytes"] == document["after_predicted_bytes"]
    assert document["after_predicted_bytes"] < document["before_predicted_bytes"]
    found = read_model(output)
    assert len(found.graphs) == 1
    assert "DYNAMIC_UPDATE_SLICE" not in {op.name for op in found.main.ops}


def test_an_old_tflm_gets_loops_of_what_it_has(model: Path, tmp_path: Path) -> None:
    output = tmp_path / "fitted.tflite"
    old = ("--tflm", "2024-06", "-t", "wheel", "--loops", "rolled")
    result = invoke("fit", str(model), "-o", str(output), "--json", *old, *QUICK)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["needs_tflm"] == "2023-04"
    names = {op.name for graph in read_model(output).graphs for op in graph.ops}
    assert "WHILE" in names
    assert "DYNAMIC_UPDATE_SLICE" not in names


def test_loops_may_be_asked_for_or_ruled_out(model: Path, tmp_path: Path) -> None:
    graphs = {}
    for loops in ("rolled", "unrolled"):
        output = tmp_path / f"{loops}.tflite"
        assert invoke("fit", str(model), "-o", str(output), "--loops", loops, *QUICK).exit_code == 0
        graphs[loops] = len(read_model(output).graphs)
    assert graphs == {"rolled": 3, "unrolled": 1}
    assert invoke("fit", str(model), "-o", str(tmp_path / "x.tflite"), "--loops", "both").exit_code == 2
