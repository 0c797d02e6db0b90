import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from arenafit import check_models
from arenafit.check import BudgetLimits
from arenafit.ir import DType
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import write_bytes
from arenafit.tflm import footprint
from support.cli import invoke
from support.models import conv_chain, residual

SMALL = footprint(residual(), CORTEX_M4).min_arena_bytes


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("residual.tflite").write_bytes(write_bytes(residual()))
    Path("wide.tflite").write_bytes(write_bytes(conv_chain(DType.FLOAT32, size=64, channels=16)))
    Path("broken.tflite").write_bytes(b"\x1c\0\0\0TFL3 and no more")


def test_the_byte_that_fits_and_the_byte_that_does_not() -> None:
    assert invoke("check", "residual.tflite", "--arena", str(SMALL)).exit_code == 0
    over = invoke("check", "residual.tflite", "--arena", str(SMALL - 1))
    assert over.exit_code == 7
    assert "1 over the budget" in over.stderr


def test_flash_counts_the_file() -> None:
    size = Path("residual.tflite").stat().st_size
    assert invoke("check", "residual.tflite", "--flash", str(size)).exit_code == 0
    assert invoke("check", "residual.tflite", "--flash", str(size - 1)).exit_code == 7


def test_a_board_limits_arena_and_flash() -> None:
    assert invoke("check", "residual.tflite", "--board", "pico").exit_code == 0
    assert invoke("check", "wide.tflite", "--board", "microbit-v2").exit_code == 7
    assert invoke("check", "residual.tflite", "--board", "no-such-board").exit_code == 12


def test_a_model_that_cannot_be_read_does_not_hide_the_others() -> None:
    result = invoke("check", "broken.tflite", "wide.tflite", "residual.tflite", "--arena", "10K", "--format", "json")
    document = json.loads(result.stdout)
    assert [row["error_code"] for row in document["checks"]] == [3, None, None]
    assert [row["arena_bytes"] is None for row in document["checks"]] == [True, False, False]
    assert result.exit_code == 3


def test_growth_is_measured_against_a_model_a_folder_and_a_document(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "wide.tflite").write_bytes(Path("residual.tflite").read_bytes())
    assert invoke("check", "residual.tflite", "--baseline", "residual.tflite", "--growth", "0%").exit_code == 0
    assert invoke("check", "wide.tflite", "--baseline", "base").exit_code == 7
    assert invoke("check", "wide.tflite", "--baseline", "base", "--growth", "100000%").exit_code == 0
    new = invoke("check", "residual.tflite", "--baseline", "base")
    assert (new.exit_code, "not in the baseline" in new.stdout) == (0, True)

    invoke("check", "residual.tflite", "--arena", "1M", "--format", "json", "-o", "before.json")
    Path("residual.tflite").write_bytes(write_bytes(residual(size=14)))
    grown = invoke("check", "residual.tflite", "--baseline", "before.json")
    assert grown.exit_code == 7
    assert f"against the baseline's {SMALL:,}" in grown.stderr


def test_three_percent_of_growth_is_allowed_to_the_byte() -> None:
    document = json.loads(invoke("check", "residual.tflite", "--arena", "1M", "--format", "json").stdout)
    limit = SMALL * 100 // 103  # the least baseline from which 3 % reach the size
    while limit + limit * 3 // 100 < SMALL:
        limit += 1
    for baseline, code in ((limit, 0), (limit - 1, 7)):
        document["checks"][0]["arena_bytes"] = baseline
        Path("before.json").write_text(json.dumps(document), encoding="utf-8")
        assert invoke("check", "residual.tflite", "--baseline", "before.json").exit_code == code


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"document": "arenafit.check", "checks": [3]}', "not json"])
def test_a_baseline_that_is_none_ends_the_run(text: str) -> None:
    Path("before.json").write_text(text, encoding="utf-8")
    assert invoke("check", "residual.tflite", "--baseline", "before.json").exit_code == 13
    assert invoke("check", "residual.tflite", "--baseline", "nowhere").exit_code == 13


def test_nothing_to_check_is_an_error_of_the_configuration() -> None:
    assert invoke("check").exit_code == 13
    assert invoke("check", "residual.tflite").exit_code == 13
    assert invoke("check", "residual.tflite", "--config", "none.toml").exit_code == 13


def test_junit_counts_what_it_holds() -> None:
    result = invoke("check", "broken.tflite", "wide.tflite", "residual.tflite", "--arena", "10K", "--format", "junit")
    root = ET.fromstring(result.stdout)  # noqa: S314 - our own output
    cases = root.findall(".//testcase")
    assert root.get("tests") == str(len(cases)) == "3"
    assert (root.get("failures"), root.get("errors")) == ("1", "1")
    assert [len(case.findall("failure")) + len(case.findall("error")) for case in cases] == [1, 1, 0]
    assert all(case.get("classname") and case.get("name") for case in cases)


def test_annotations_cannot_be_broken_out_of(tmp_path: Path) -> None:
    name = "a,b:c%0A::error::d\nx.tflite"
    (tmp_path / name).write_bytes(Path("wide.tflite").read_bytes())
    lines = invoke("check", name, "--arena", "10K", "--format", "github").stdout.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("::error file=a%2Cb%3Ac%250A?%3Aerror%3A%3Ad?x.tflite,title=arenafit%3A options")


def test_a_summary_is_appended_and_a_file_written_whole(tmp_path: Path) -> None:
    Path("summary.md").write_text("before\n", encoding="utf-8")
    for _ in range(2):
        invoke("check", "residual.tflite", "--arena", "1M", "--summary", "summary.md", "-o", "check.txt")
    summary = Path("summary.md").read_text(encoding="utf-8")
    assert summary.startswith("before\n### arenafit: 1 check, all within budget")
    assert summary.count("### arenafit") == 2
    assert "all within budget" in Path("check.txt").read_text(encoding="utf-8")
    assert invoke("check", "residual.tflite", "--arena", "1M", "-o", "none/check.txt").exit_code == 8


def test_measuring_holds_the_prediction_against_the_real_tflm() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    (row,) = check_models(["residual.tflite"], BudgetLimits(arena_bytes=1 << 20), measure=True).checks
    assert row.measured_bytes is not None
    assert row.findings[-1].holds
    assert row.findings[-1].text.endswith("as predicted")


def test_a_pipe_and_a_wide_terminal_change_no_figure() -> None:
    first = check_models(["residual.tflite"], BudgetLimits(arena_bytes=1 << 20))
    assert first == check_models(["residual.tflite"], BudgetLimits(arena_bytes=1 << 20))
    assert first.checks[0].arena_bytes == SMALL
