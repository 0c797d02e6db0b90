"""Parts whose first is fed by rows: what is refused, where they are cut, and the replayed hand-over."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

import arenafit
from arenafit.errors import ConfigError, UnsupportedModelError
from arenafit.fit import Settings
from arenafit.fit.feeding.frames import FRAMES_VERIFIED
from arenafit.fit.parts import fit_parts
from arenafit.fit.parts.balance import Balance
from arenafit.fit.run import fit_bytes
from arenafit.fit.settings import FedInput
from arenafit.ir import Constant, DType, feed_of
from arenafit.rewrites.protocol import Validity
from arenafit.streaming import feeding
from arenafit.tflite import read_bytes, write_bytes
from support.cli import invoke
from support.models import conv_chain, depthwise_chain
from support.netsketch import NetSketch

QUICK = Settings(effort=120, feed=FedInput())
wheel = pytest.mark.usefixtures("tflm")


@pytest.fixture(name="tflm")
def _tflm() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


@wheel
def test_the_first_part_takes_rows_and_the_others_what_is_handed_over() -> None:
    made = fit_parts(write_bytes(depthwise_chain(blocks=3)), "chain", 2, QUICK)
    first, second = (read_bytes(part.fit.content, "part") for part in made.parts)
    feed = feed_of(first)
    assert feed is not None
    assert feed == made.parts[0].fit.feed
    assert feed.frame_shape == (1, 16, 16, 1)
    assert feed_of(second) is None
    assert made.settings.validity is Validity.TFLM
    assert (made.replay.inputs, made.replay.verified) == (FRAMES_VERIFIED, True)
    assert made.parts[0].fit.verdict.inputs == FRAMES_VERIFIED


@wheel
def test_the_first_part_is_begun_anew_by_reset_however_many_variables_that_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeding, "_MOST_VARIABLES", 0)
    content = write_bytes(depthwise_chain(blocks=3))

    def names(written: bytes) -> set[str]:
        return {op.name for graph in read_bytes(written, "fitted").graphs for op in graph.ops}

    alone = fit_bytes(content, "chain", replace(QUICK, validity=Validity.TFLM))
    assert "CALL_ONCE" in names(alone.content)
    made = fit_parts(content, "chain", 2, QUICK)
    assert made.replay.verified
    assert "CALL_ONCE" not in names(made.parts[0].fit.content)


@wheel
def test_rows_are_fed_and_found_to_be_equal_again(tmp_path: Path) -> None:
    file, out = tmp_path / "chain.tflite", tmp_path / "out"
    file.write_bytes(write_bytes(depthwise_chain(blocks=3)))
    options = ("--parts", "2", "--feed", "rows", "--effort", "120")
    made = invoke("fit", str(file), *options, "-o", str(out))
    assert made.exit_code == 0, made.stderr
    assert "part 1, contract: the application writes" in made.stdout
    lines = made.stdout.splitlines()
    assert lines[0].startswith("smallest working arena: ")
    follows = next(line for line in lines if line.startswith("next: "))
    assert follows == f"next: arenafit export {out} -o out_firmware"
    assert "no budget named" in made.stdout
    listed = json.loads((out / "parts.json").read_text())
    assert listed["feed"]["rows"] == 16
    assert listed["contract"].startswith("contract:")
    replayed = invoke("measure", str(out))
    assert replayed.exit_code == 0
    assert f"on {FRAMES_VERIFIED} inputs" in replayed.stdout
    exported = invoke("export", str(out), "-o", str(tmp_path / "cc"))
    assert exported.exit_code == 0
    assert (tmp_path / "cc" / "rows_feeder.cc").is_file()


@wheel
def test_the_replay_finds_a_fed_part_with_another_weight(tmp_path: Path) -> None:
    file, out = tmp_path / "chain.tflite", tmp_path / "out"
    file.write_bytes(write_bytes(depthwise_chain(blocks=3)))
    made = arenafit.fit_parts(file, out, 2, settings=QUICK)
    listed = json.loads((out / "parts.json").read_text())
    model = read_bytes((out / made.parts[0].file).read_bytes(), "part")
    kernels = {op.inputs[1] for graph in model.graphs for op in graph.ops if op.name.endswith("CONV_2D")}
    graphs = []
    for graph in model.graphs:
        tensors = (
            replace(tensor, data=Constant.of(-tensor.array())) if tensor.id in kernels else tensor
            for tensor in graph.tensors
        )
        graphs.append(replace(graph, tensors=tuple(tensors)))
    content = write_bytes(replace(model, graphs=tuple(graphs)))
    (out / made.parts[0].file).write_bytes(content)
    listed["parts"][0]["sha256"] = hashlib.sha256(content).hexdigest()
    (out / "parts.json").write_text(json.dumps(listed))
    assert "elements differ" in (arenafit.replay_parts(out).difference or "")


def test_refuses_an_input_of_another_name() -> None:
    with pytest.raises(ConfigError, match="the model has no such input"):
        fit_parts(write_bytes(conv_chain()), "chain", 2, replace(QUICK, feed=FedInput("nothing")))


def test_refuses_a_model_that_looks_at_the_whole_input_at_once() -> None:
    sketch = NetSketch(DType.INT8)
    dense = sketch.finish(sketch.dense(sketch.dense(sketch.input(1, 12), 8), 4))
    with pytest.raises(UnsupportedModelError, match=r"dense: cannot be fed by rows: .*fit it without --feed"):
        fit_parts(write_bytes(dense), "dense", 2, QUICK)


def test_a_part_that_cannot_be_is_in_no_cut_while_there_is_another() -> None:
    def found(first: int, end: int) -> int | None:
        return None if first == 0 and end < 5 else 100 * (end - first)

    balance = Balance(10, lambda first, end: end - first, found, looks=1000)
    cuts = balance.cut(2)
    assert cuts == (0, 5, 9)
    assert balance.largest(cuts) == 500
