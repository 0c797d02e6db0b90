"""The verbs report, diff and overlay, as a user calls them."""

import json
from pathlib import Path

import pytest

from arenafit.ir import DType
from arenafit.tflite import write_bytes
from support.cli import invoke, run
from support.models import conv_chain, residual
from support.one_op import custom_op, i8


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("before.tflite").write_bytes(write_bytes(residual()))
    Path("after.tflite").write_bytes(write_bytes(residual(DType.FLOAT32)))
    Path("wide.tflite").write_bytes(write_bytes(conv_chain(size=32)))
    Path("odd.tflite").write_bytes(write_bytes(custom_op("MyOwn", [i8(1, 4)], [i8(1, 4)])))
    Path("broken.tflite").write_bytes(b"no model")


def test_report_writes_the_page_it_names() -> None:
    found = invoke("report", "before.tflite", "-o", "page.html", "--effort", "0")
    assert found.exit_code == 0
    size = Path("page.html").stat().st_size
    lines = found.stdout.splitlines()
    assert lines[0].startswith("smallest working arena: ")
    assert lines[-1] == f"written: page.html ({size:,} bytes)"
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_report_json_is_one_document_and_writes_no_page() -> None:
    found = invoke("report", "before.tflite", "--fitted", "wide.tflite", "--effort", "0", "--json")
    document = json.loads(found.stdout)
    assert document["document"] == "arenafit.report"
    assert document["changes"]["after"] == "wide.tflite"
    assert not Path("report.html").exists()


def test_the_steps_that_fit_prints_are_those_that_report_reads() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    fitted = invoke("fit", "wide.tflite", "-o", "fitted.tflite", "--effort", "500", "--json")
    Path("fit.json").write_text(fitted.stdout, encoding="utf-8")
    found = invoke(
        "report", "wide.tflite", "--fitted", "fitted.tflite", "--steps", "fit.json", "--effort", "0", "--json"
    )
    steps = json.loads(found.stdout)["trail"]["steps"]
    assert [step["what"] for step in steps] == [step["what"] for step in json.loads(fitted.stdout)["steps"]]
    assert steps[-1]["flash_bytes"] == Path("fitted.tflite").stat().st_size


def test_report_never_overwrites_a_model() -> None:
    before = Path("before.tflite").read_bytes()
    found = invoke("report", "before.tflite", "-o", "before.tflite", "--effort", "0")
    assert found.exit_code == 8
    assert Path("before.tflite").read_bytes() == before
    assert invoke("report", "before.tflite", "--fitted", "wide.tflite", "-o", "wide.tflite").exit_code == 8


@pytest.mark.parametrize("verb", ["report", "diff", "overlay"])
@pytest.mark.parametrize(("model", "code"), [("broken.tflite", 3), ("missing.tflite", 3), ("odd.tflite", 14)])
def test_bad_models_end_in_one_line(verb: str, model: str, code: int) -> None:
    rest = {
        "report": ["--effort", "0"],
        "diff": ["before.tflite"],
        "overlay": ["--to", "perfetto", "-o", "out.json"],
    }[verb]
    found = invoke(verb, model, *rest)
    assert found.exit_code == code
    assert found.stderr.startswith("arenafit: error: ")
    assert found.stderr.count("\n") == 1
    assert model in found.stderr


def test_an_unknown_operator_can_be_left_out_and_the_page_says_so() -> None:
    found = invoke("report", "odd.tflite", "-o", "page.html", "--estimate", "--effort", "5000")
    assert found.exit_code == 0
    assert "Estimated:" in Path("page.html").read_text(encoding="utf-8")
    assert "ESTIMATED" in invoke("diff", "odd.tflite", "before.tflite", "--estimate").stdout


def test_diff_has_the_same_figures_in_all_forms() -> None:
    document = json.loads(invoke("diff", "before.tflite", "after.tflite", "--json").stdout)
    arena = document["totals"][0]
    assert arena["what"] == "smallest working arena"
    figures = f"{arena['before']:,} → {arena['after']:,} bytes"
    assert figures in invoke("diff", "before.tflite", "after.tflite", "--format", "markdown").stdout
    assert f"{arena['after']:,}" in invoke("diff", "before.tflite", "after.tflite").stdout
    assert "input 0 changed" in invoke("diff", "before.tflite", "after.tflite").stdout


def test_overlays_are_json() -> None:
    for tool in ("perfetto", "model-explorer"):
        found = invoke("overlay", "before.tflite", "--to", tool, "-o", "out.json", "--metric", "tail")
        assert found.exit_code == 0
        written = Path("out.json").read_text(encoding="utf-8")
        assert json.loads(written)
        printed = invoke("overlay", "before.tflite", "--to", tool, "--metric", "tail", "--json").stdout
        assert json.loads(printed) == json.loads(written)


def test_an_overlay_goes_somewhere() -> None:
    found = invoke("overlay", "before.tflite", "--to", "perfetto")
    assert found.exit_code == 2
    assert "--output" in found.stderr


def test_report_runs_as_a_command() -> None:
    found = run("report", "before.tflite", "--effort", "500")
    assert (found.returncode, found.stderr) == (0, "")
    assert Path("report.html").exists()
