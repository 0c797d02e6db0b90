"""Rows from the application: the contract, what is refused, and frames in a row in the real TFLM."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from arenafit.errors import ConfigError, DataError, UnsupportedModelError, VerificationError
from arenafit.fit import Settings
from arenafit.fit.feeding.entry import chosen_input, entry
from arenafit.fit.feeding.forecast import predicted_rows
from arenafit.fit.feeding.frames import FRAMES_VERIFIED, frames_of
from arenafit.fit.run import fit_bytes
from arenafit.fit.search import candidates
from arenafit.fit.search.driver import Search
from arenafit.fit.settings import FedInput, Loops, fed_input
from arenafit.ir import ROWS_METADATA, DType, Feed, Model, feed_of
from arenafit.layout import timeline
from arenafit.layout.scratch_check import scratch_conflicts
from arenafit.rewrites import dce
from arenafit.rewrites.protocol import Validity
from arenafit.runtime.tflm_child import LoadedModel as ChildModel
from arenafit.runtime.tflm_child import TflmSession
from arenafit.targets.target import CORTEX_M4
from arenafit.tflite import read_bytes, write_bytes
from support.cli import invoke, run
from support.models import conv_chain, depthwise_chain, residual
from support.netsketch import NetSketch, Sliding
from support.small_models import call_once

QUICK = Settings(effort=120, validity=Validity.TFLM, feed=FedInput())
wheel = pytest.mark.usefixtures("tflm")
FEED = Feed(0, (1, 10, 4, 2), 10, 8, 4, 4, -3)


@pytest.fixture(name="tflm")
def _tflm() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


def test_every_row_is_fed_once_and_in_order() -> None:
    assert [list(FEED.rows_of(call)) for call in range(4)] == [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9]]
    assert list(replace(FEED, calls=6).rows_of(4)) == []


def test_the_contract_survives_the_file() -> None:
    fitted = fit_bytes(write_bytes(depthwise_chain()), "chain", QUICK)
    again = feed_of(read_bytes(fitted.content, "again"))
    assert again == fitted.feed
    assert again is not None
    assert again.frame_shape == (1, 16, 16, 1)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"version": 2}', b"\xff", FEED.packed()])
def test_metadata_that_does_not_fit_the_input_is_no_contract(raw: bytes) -> None:
    assert feed_of(replace(conv_chain(), metadata=((ROWS_METADATA, raw),))) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"calls": 1 << 40},
        {"calls": 0},
        {"first": 10**30},
        {"first": -(10**30)},
        {"first": 0.5},
        {"frame_shape": (-2, -128)},
        {"rows": 1 << 40, "frame_shape": (1 << 40, 16)},
        {"padding": 1000},
        {"padding": 0.5},
        {"padding": float("nan")},
        {"padding": True},
        {"position": True},
        {"rows_per_call": "8"},
    ],
)
def test_a_contract_that_cannot_be_kept_is_none(wrong: dict[str, Any]) -> None:
    model = depthwise_chain()
    feed = Feed(0, (1, 32, 16, 1), 32, 16, 16, 2, 0, -128)
    assert feed_of(replace(model, metadata=((ROWS_METADATA, feed.packed()),))) == feed
    raw = json.dumps({**json.loads(feed.packed()), **wrong}).encode()
    assert feed_of(replace(model, metadata=((ROWS_METADATA, raw),))) is None


def test_of_frames_no_more_are_compared_than_of_other_inputs() -> None:
    with pytest.raises(ConfigError, match=r"10,001 are too many; at most 10,000 are compared"):
        fit_bytes(write_bytes(depthwise_chain()), "chain", QUICK, inputs=10_001)


def test_words_of_the_option() -> None:
    assert fed_input(None) is None
    assert fed_input("rows") == FedInput()
    assert fed_input("rows:image") == FedInput("image")
    for wrong in ("row", "rows:", "", "columns"):
        with pytest.raises(ConfigError, match=r"--feed .*write rows, or rows:NAME"):
            fed_input(wrong)


def test_the_first_operator_alone_reads_the_input() -> None:
    model = residual()
    found = entry(model, 0)
    assert found is not None
    first = found.model.main.ops[0]
    assert found.model.main.uses[found.port] == (first,)
    assert (first.name, len(found.model.main.ops)) == ("RESHAPE", len(model.main.ops) + 1)


def test_refuses_a_model_that_keeps_state() -> None:
    with pytest.raises(UnsupportedModelError, match=r"stateful: cannot be fed by rows: .*fit it without --feed"):
        fit_bytes(write_bytes(call_once()), "stateful", QUICK)


def test_refuses_a_model_whose_input_has_no_rows() -> None:
    sketch = NetSketch(DType.INT8)
    dense = sketch.finish(sketch.dense(sketch.input(1, 12), 4))
    with pytest.raises(UnsupportedModelError, match=r"dense: cannot be fed by rows: its first operators look at"):
        fit_bytes(write_bytes(dense), "dense", QUICK)
    several = NetSketch(DType.INT8)
    batch = several.finish(several.conv(several.input(4, 6, 6, 2), 3))
    with pytest.raises(UnsupportedModelError, match=r"batch: cannot be fed by rows: its input is a batch of 4 images"):
        fit_bytes(write_bytes(batch), "batch", QUICK)


def test_refuses_an_input_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match=r"--feed rows:sound: the model has no such input; it has '"):
        chosen_input(conv_chain(), "sound")


def test_refuses_a_frame_of_another_size() -> None:
    frames = frames_of(read_bytes(fit_bytes(write_bytes(conv_chain()), "chain", QUICK).content, "fed"))
    assert frames is not None
    with pytest.raises(DataError, match="elements a frame, not 5"):
        frames.calls([(np.zeros(5, np.int8),)])


def test_what_nobody_may_look_at_is_filled_with_numbers_drawn() -> None:
    fitted = read_bytes(fit_bytes(write_bytes(depthwise_chain()), "chain", QUICK).content, "fed")
    frames = frames_of(fitted)
    assert frames is not None
    zeros = np.zeros(frames.feed.frame_shape, np.int8)
    calls = frames.calls([(zeros,)])
    assert len(calls) == frames.feed.calls
    inside = sum(len(frames.feed.rows_of(call)) for call in range(frames.feed.calls))
    outside = frames.feed.calls * frames.feed.rows_per_call - inside
    assert inside == frames.feed.rows
    assert bool(outside) == any(rows.any() for (rows,) in calls)


def _fitted(model: Model, **changes: object) -> Model:
    found = fit_bytes(write_bytes(model), "model", replace(QUICK, **changes))  # type: ignore[arg-type] # any field
    assert found.feed is not None
    assert found.verdict.verified
    assert found.verdict.inputs >= FRAMES_VERIFIED
    return read_bytes(found.content, "fitted")


@wheel
@pytest.mark.parametrize("dtype", [DType.INT8, DType.INT16, DType.FLOAT32])
def test_frames_in_a_row_equal_the_original(dtype: DType) -> None:
    fitted = _fitted(depthwise_chain(dtype, blocks=3))
    feed = feed_of(fitted)
    assert feed is not None
    assert fitted.main.tensor(fitted.main.inputs[0]).elements == feed.rows_per_call * feed.row_elements


@wheel
def test_a_signal_of_one_column_is_fed_along_time() -> None:
    sketch = NetSketch(DType.INT8)
    made = sketch.conv(sketch.conv(sketch.input(1, 40, 1, 6), 8), 4)
    feed = feed_of(_fitted(sketch.finish(made)))
    assert feed is not None
    assert (feed.rows, feed.row_elements) == (40, 6)


@wheel
def test_a_signal_of_one_row_is_fed_along_time() -> None:
    sketch = NetSketch(DType.INT8)
    made = sketch.conv(sketch.conv(sketch.input(1, 1, 40, 6), 8), 4)
    feed = feed_of(_fitted(sketch.finish(made)))
    assert feed is not None
    assert (feed.rows, feed.row_elements) == (40, 6)


def test_state_matters_from_one_invoke_to_the_next() -> None:
    fitted = read_bytes(fit_bytes(write_bytes(depthwise_chain()), "chain", QUICK).content, "fed")
    times = timeline(fitted)
    closing = times.runs[fitted.main.ops[-1].id]
    found = [tensor for tensor in fitted.main.tensors if tensor.name.endswith(("_line", "/place"))]
    assert found
    assert all(times.live[tensor.id][0].first == 0 for tensor in found)
    assert all(times.live[tensor.id][-1].end == closing.first + 1 for tensor in found)


def two_heads() -> Model:
    """A model whose first output is ready long before the last operators, which want scratch on Cortex-M."""
    sketch = NetSketch(DType.INT8)
    made = sketch.conv(sketch.conv(sketch.input(1, 32, 32, 3), 8, stride=2), 16, stride=2)
    first = sketch.sliding_conv(made, 4, Sliding((1, 1)))
    for _ in range(3):
        made = sketch.sliding_conv(sketch.sliding_depthwise(made, 1, Sliding((3, 3))), 16, Sliding((1, 1)))
    return sketch.finish(first, sketch.sliding_conv(made, 4, Sliding((3, 3))))


@wheel
def test_an_output_that_is_ready_early_is_held_to_the_end_of_the_frame() -> None:
    # TFLM knows no output of the branch that runs last: it puts scratch buffers of later operators there.
    fitted = _fitted(two_heads(), target=CORTEX_M4)
    rest = next(graph for graph in fitted.graphs if graph.name == "rest")
    plan = fitted.offline_plan or {}
    early = plan[fitted.main.outputs[0]]
    assert [plan[tensor] for tensor in (*rest.ops[-1].operands[:1], *rest.ops[-1].outputs)] == [early, early]
    assert not any(scratch_conflicts(fitted, CORTEX_M4))


def test_a_candidate_without_room_for_scratch_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    model = depthwise_chain()
    search = Search(model, replace(QUICK, jobs=1), lambda _: None)
    assert any(found.feed for found in search.run())
    monkeypatch.setattr(candidates, "conflict", lambda *_: next(iter(model.tensors)))
    unsafe = Search(model, replace(QUICK, jobs=1), lambda _: None)
    assert not any(found.feed for found in unsafe.run())
    assert unsafe.failed == []  # it is no defect


def two_inputs() -> Model:
    sketch = NetSketch(DType.INT8)
    image = sketch.input(1, 24, 10, 3)
    made = sketch.conv(sketch.conv(image, 6), 4, stride=2)
    return sketch.finish(sketch.add(made, sketch.input(*sketch.shape(made))))


@wheel
@pytest.mark.parametrize("name", [None, "image"])
def test_other_inputs_are_written_whole_once_a_frame(name: str | None) -> None:
    model = two_inputs()
    image = model.main.tensor(model.main.inputs[0])
    named = replace(model.main, tensors=(replace(image, name="image"), *model.main.tensors[1:]))
    assert named.tensors[0].id == image.id
    fitted = _fitted(replace(model, graphs=(named,)), feed=FedInput(name))
    feed = feed_of(fitted)
    assert feed is not None
    assert (feed.position, feed.rows) == (0, 24)
    assert fitted.main.tensor(fitted.main.inputs[1]).shape == model.main.tensor(model.main.inputs[1]).shape


@wheel
def test_reset_begins_a_frame_anew() -> None:
    model = depthwise_chain(blocks=3)
    fitted = _fitted(model)
    frames = frames_of(fitted)
    assert frames is not None
    assert all(op.name != "CALL_ONCE" for op in fitted.main.ops), "of such a model Reset() begins nothing anew"
    (frame,) = frames.drawn(1)
    session = TflmSession(ChildModel(write_bytes(fitted)), 1 << 20)
    wanted = TflmSession(ChildModel(write_bytes(model)), 1 << 20)
    wanted.set_inputs(frame)
    for given_up in (0, 1, frames.feed.calls // 2):
        for call in frames.calls([frame])[:given_up]:
            session.set_inputs(call)
            session.invoke()
        session.reset()
        for call in frames.calls([frame]):
            session.set_inputs(call)
            found = session.invoke()
        assert found[0].tobytes() == wanted.invoke()[0].tobytes()
        wanted.set_inputs(frame)


def test_without_loops_nothing_is_fed() -> None:
    with pytest.raises(ConfigError, match="leave --loops unrolled out"):
        fit_bytes(write_bytes(conv_chain()), "chain", replace(QUICK, loops=Loops.UNROLLED))


def test_a_model_that_is_fed_is_not_fitted_again() -> None:
    fitted = fit_bytes(write_bytes(conv_chain()), "chain", QUICK).content
    with pytest.raises(UnsupportedModelError, match="is fed by rows, what it keeps between Invokes has its place"):
        fit_bytes(fitted, "fed", Settings(effort=1))


@wheel
def test_measure_replays_frames(tmp_path: Path) -> None:
    content = write_bytes(depthwise_chain())
    original, other, fed = (tmp_path / name for name in ("net.tflite", "other.tflite", "fed.tflite"))
    original.write_bytes(content)
    other.write_bytes(write_bytes(depthwise_chain(blocks=3)))
    fed.write_bytes(fit_bytes(content, "net", QUICK).content)
    done = invoke("measure", str(fed), "--original", str(original))
    assert done.exit_code == 0
    assert f"{FRAMES_VERIFIED} frames by rows" in done.stdout
    assert "contract: the application writes" in done.stdout
    assert invoke("measure", str(original), "--original", str(original)).exit_code == ConfigError.exit_code
    wrong = invoke("measure", str(fed), "--original", str(other))
    assert wrong.exit_code == VerificationError.exit_code
    assert "fed by rows it does not compute what" in wrong.output
    plain = run("measure", str(fed), "--original", str(original), "--json")
    assert json.loads(plain.stdout)["model"] == str(fed)
    assert f"{FRAMES_VERIFIED} frames by rows" in plain.stderr
    assert invoke("inspect", str(fed)).stdout.count("contract: the application writes") == 1
    told = invoke("report", str(fed), "-o", str(tmp_path / "page.html"))
    assert told.exit_code == 0, told.output
    assert list(dce.REWRITE.propose(read_bytes(fed.read_bytes(), "fed"))) == []


@wheel
def test_older_tflm_is_fed_with_batch_to_space() -> None:
    fitted = _fitted(depthwise_chain(blocks=3), stream=False, stream_otherwise=True)
    names = {op.name for graph in fitted.graphs for op in graph.ops}
    assert "BATCH_TO_SPACE_ND" in names
    assert "DYNAMIC_UPDATE_SLICE" not in names


def test_a_forecast_of_rows_is_made_where_they_can_be_fed() -> None:
    forecast = predicted_rows(depthwise_chain(blocks=3, size=32), Settings(effort=2000))
    assert forecast is not None
    assert forecast.calls > 1
    assert predicted_rows(call_once(), Settings(effort=2000)) is None
    assert predicted_rows(depthwise_chain(), replace(QUICK, effort=2000)) is None
