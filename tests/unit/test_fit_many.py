"""Several models fitted at once: the same files as one by one, and one that fails costs the others nothing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from time import sleep
from typing import Any

import pytest

import arenafit
from arenafit.errors import ConfigError, OutputError
from arenafit.ir import DType
from arenafit.report.documents.fit import FailedFit, FitDocument
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.models import conv_chain

QUICK = ("--effort", "60")


@pytest.fixture
def models(tmp_path: Path) -> list[Path]:
    files = [tmp_path / "one.tflite", tmp_path / "two.tflite"]
    for file, layers in zip(files, (2, 3), strict=True):
        file.write_bytes(write_bytes(conv_chain(DType.INT8, layers=layers)))
    return files


def test_jobs_change_no_byte(models: list[Path], tmp_path: Path) -> None:
    seen: list[str] = []
    together = arenafit.fit_models(
        models, tmp_path / "both", jobs=2, effort=60, inputs=2, done=lambda one: seen.append(Path(one.model).name)
    )
    alone = arenafit.fit_models(models, tmp_path / "each", jobs=1, effort=60, inputs=2)
    assert seen == ["one.tflite", "two.tflite"]
    assert [one.after_predicted_bytes for one in together.fitted] == [one.after_predicted_bytes for one in alone.fitted]
    for model in models:
        assert (tmp_path / "both" / model.name).read_bytes() == (tmp_path / "each" / model.name).read_bytes()


def test_one_that_fails_is_told_and_the_others_are_written(models: list[Path], tmp_path: Path) -> None:
    models[0].write_bytes(b"no model")
    found = arenafit.fit_models(models, tmp_path / "out", jobs=1, effort=60, inputs=2)
    assert [Path(one.model).name for one in found.fitted] == ["two.tflite"]
    (failed,) = found.failed
    assert isinstance(failed, FailedFit)
    assert (Path(failed.model).name, failed.exit_code) == ("one.tflite", 3)
    assert not (tmp_path / "out" / "one.tflite").exists()


def test_a_defect_met_in_one_is_told_and_the_others_are_written(
    models: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = arenafit.fit_model

    def defective(path: Path, output: Path, **options: Any) -> FitDocument:
        if path == models[0]:
            raise KeyError("none of ours")
        return whole(path, output, **options)

    monkeypatch.setattr("arenafit.api.fit_many.fit_model", defective)
    found = arenafit.fit_models(models, tmp_path / "out", jobs=1, effort=60, inputs=2)
    assert [Path(one.model).name for one in found.fitted] == ["two.tflite"]
    assert [(one.exit_code, "defect" in one.error) for one in found.failed] == [(70, True)]


def test_a_line_for_each_and_the_code_of_the_first_failure(models: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.tflite"
    broken.write_bytes(b"no model")
    files = [str(models[0]), str(broken), str(models[1])]
    result = invoke("fit", *files, "-o", str(tmp_path / "out"), "--jobs", "1", "--inputs", "2", *QUICK)
    assert result.exit_code == 3
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == [files[0], files[2]]
    assert "broken.tflite" in result.stderr
    assert "1 of 3 models failed" in result.stderr


def test_ram_is_asked_of_every_model(models: list[Path], tmp_path: Path) -> None:
    files = [str(model) for model in models]
    result = invoke("fit", *files, "-o", str(tmp_path / "out"), "--jobs", "1", "--inputs", "2", "--ram", "1K", *QUICK)
    assert result.exit_code == 7
    assert result.stderr.count("more than --ram 1K") == 2


def test_a_directory_takes_a_single_model_too_and_json_lists_it(models: list[Path], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    result = invoke("fit", str(models[0]), "-o", str(tmp_path / "out"), "--inputs", "2", "--json", *QUICK)
    document = json.loads(result.stdout)
    assert document["document"] == "arenafit.fits"
    assert [Path(one["output"]).name for one in document["fitted"]] == ["one.tflite"]


def test_what_would_overwrite_a_model_or_another_result_is_refused(models: list[Path], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"holds .*one\.tflite itself"):
        arenafit.fit_models(models, tmp_path)
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / "one.tflite"
    twin.write_bytes(models[0].read_bytes())
    with pytest.raises(OutputError, match=r"both .* would be written to it"):
        arenafit.fit_models([models[0], twin], tmp_path / "out")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be made"):
        arenafit.fit_models(models, tmp_path / "file")
    with pytest.raises(ConfigError, match="0 jobs"):
        arenafit.fit_models(models, tmp_path / "out", jobs=0)


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups to interrupt")
def test_interrupted_it_ends_in_one_line(models: list[Path], tmp_path: Path) -> None:
    words = ["-m", "arenafit", "fit", *map(str, models), "-o", str(tmp_path / "out"), "--jobs", "2"]
    child = subprocess.Popen(
        [sys.executable, *words, "--effort", "thorough", "--inputs", "5000"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while not (tmp_path / "out").exists() and child.poll() is None:
        sleep(0.1)
    sleep(1)  # whenever it comes, the answer is the same
    os.killpg(child.pid, signal.SIGINT)
    _, told = child.communicate(timeout=120)
    assert (child.returncode, told) == (130, "arenafit: interrupted\n")
