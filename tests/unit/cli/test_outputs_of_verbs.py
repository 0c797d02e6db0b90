"""Each verb that writes keeps its hands off what it reads, off devices, and off its own other outputs."""

from pathlib import Path

import numpy as np
import pytest

from arenafit.tflite import read_bytes, write_bytes
from support.cli import invoke
from support.models import conv_chain

CASES = {
    "fit": ("fit {model} -o {model} --time 0", "model"),
    "fit board": ("fit {model} -o {board} --board {board} --time 0", "board"),
    "plan": ("plan {model} -o {model}", "model"),
    "plan csv": ("plan {model} -o {out} --csv {model}", "model"),
    "plan trace over the import": ("plan {model} -o {out} --import {data} --trace {data}", "data"),
    "plan twice": ("plan {model} -o {out} --csv {out}", "model"),
    "check": ("check {model} --arena 1M -o {model}", "model"),
    "check summary": ("check {model} --arena 1M --summary {model}", "model"),
    "check baseline": ("check {model} --baseline {other} -o {other}", "other"),
    "check config": ("check {model} -c {config} -o {config}", "config"),
    "check twice": ("check {model} --arena 1M -o {out} --summary {out}", "model"),
    "overlay": ("overlay {model} --to perfetto -o {model}", "model"),
    "report": ("report {model} -o {model} --time 0", "model"),
    "report fitted": ("report {model} --fitted {other} -o {other} --time 0", "other"),
    "report steps": ("report {model} --fitted {other} --steps {data} -o {data} --time 0", "data"),
    "quantize": ("quantize {model} --data {data} -o {model}", "model"),
    "quantize data": ("quantize {model} --data {data} -o {data}", "data"),
    "quantize evaluation": ("quantize {model} --data {out} --eval {data} -o {data}", "data"),
    "prune": ("prune {model} --data synthetic -o {model}", "model"),
    "prune data": ("prune {model} --data {data} -o {data}", "data"),
    "prune evaluation": ("prune {model} --data synthetic --eval {data} -o {data}", "data"),
    "prune board": ("prune {model} --data synthetic -o {board} --board {board}", "board"),
    "repair": ("repair {model} -o {model}", "model"),
    "whatif": ("whatif {model} -o {model}", "model"),
    "whatif twice": ("whatif {model} -o {out} --keras {out}", "model"),
    "export manifest": ("export {model} -o {folder} --manifest {manifest}", "manifest"),
}


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "folder").mkdir()
    found = {name: tmp_path / name for name in ("model", "other", "out", "folder")}
    found |= {"board": tmp_path / "board.toml", "data": tmp_path / "data.npz", "config": tmp_path / "arenafit.toml"}
    found["manifest"] = tmp_path / "folder" / "model_data.h"
    content = write_bytes(conv_chain(layers=1, size=4, channels=2))
    for name in ("model", "other"):
        found[name].write_bytes(content)
    np.savez(found["data"], input=np.zeros((1, 4, 4, 3), np.float32))
    found["config"].write_text('[budget]\narena = "1M"\n')
    found["board"].write_text("name = 1\n")
    found["manifest"].write_text('{"type": "micro", "micro": {}}')
    return found


@pytest.mark.parametrize("case", CASES)
def test_no_output_is_an_input_or_another_output(case: str, paths: dict[str, Path]) -> None:
    command, kept = CASES[case]
    before = paths[kept].read_bytes()
    files = sorted(paths["folder"].parent.rglob("*"))
    ended = invoke(*command.format(**paths).split())

    assert ended.exit_code == 8, ended.output
    assert ended.stderr.startswith("arenafit: error: ")
    assert "is an input" in ended.stderr or "two outputs" in ended.stderr
    assert paths[kept].read_bytes() == before
    assert sorted(paths["folder"].parent.rglob("*")) == files


WRITING = {
    "plan": "plan {model} -o {out}",
    "plan csv": "plan {model} -o {other_out} --csv {out}",
    "check": "check {model} --arena 1M -o {out}",
    "check summary": "check {model} --arena 1M --summary {out}",
    "overlay": "overlay {model} --to perfetto -o {out}",
    "report": "report {model} --time 0 -o {out}",
}


@pytest.mark.parametrize("case", WRITING)
@pytest.mark.skipif(not Path("/dev/null").is_char_device(), reason="this system has no /dev/null")
def test_devices_stay_devices(case: str, paths: dict[str, Path], tmp_path: Path) -> None:
    ended = invoke(*WRITING[case].format(**paths | {"out": "/dev/null", "other_out": tmp_path / "o"}).split())

    assert ended.exit_code == 0, ended.output
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("case", WRITING)
def test_directories_and_link_loops_are_refused(case: str, paths: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for wrong in (tmp_path, tmp_path / "loop", tmp_path / "none" / "x"):
        ended = invoke(*WRITING[case].format(**paths | {"out": wrong, "other_out": tmp_path / "o"}).split())
        assert (ended.exit_code, ended.stderr.count("\n")) == (8, 1), ended.output


@pytest.mark.parametrize("name", ["original.tflite", "001-prune.tflite", "deep/x.tflite"])
def test_what_prune_writes_is_kept_out_of_its_history(name: str, paths: dict[str, Path]) -> None:
    (paths["folder"] / "deep").mkdir()
    output = paths["folder"] / name
    ended = invoke(*f"prune {paths['model']} --data synthetic --history {paths['folder']} -o {output}".split())

    assert ended.exit_code == 8, ended.output
    assert "name a file elsewhere" in ended.stderr
    assert not output.exists()
    assert not (paths["folder"] / "history.json").exists()


def test_a_model_on_standard_output_is_alone_there(paths: dict[str, Path]) -> None:
    for options in ((), ("--json",)):
        ended = invoke("repair", str(paths["model"]), "-o", "-", *options)
        assert ended.exit_code == 0, ended.stderr
        assert "-" in ended.stderr
        read_bytes(ended.stdout_bytes, "stdout")
        assert len(ended.stdout_bytes) == len(write_bytes(read_bytes(ended.stdout_bytes, "stdout")))


def test_several_models_do_not_go_to_standard_output(paths: dict[str, Path]) -> None:
    ended = invoke("fit", str(paths["model"]), str(paths["other"]), "-o", "-")
    assert ended.exit_code == 8
    assert "name a directory" in ended.stderr
    assert not Path("-").exists()
