"""Loops that never end and inputs that fill the memory: cut off by work that is counted, and not tried again."""

from pathlib import Path
from typing import Any, cast

import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.fit.patience import invoke_cpu_seconds, invokes_within
from arenafit.fit.repair import repair_bytes
from arenafit.fit.verification_inputs import (
    VERIFIED_INPUTS,
    compared_inputs,
    fewer_if_large,
    lanes_for,
    verification_inputs,
)
from arenafit.fit.verify import Verifier
from arenafit.ir import DType, Editor, Model, TensorId
from arenafit.runtime import GeneratedInputs, Outputs, Refusal, RuntimeId, TflmPool
from arenafit.runtime.jobs import Inputs
from arenafit.runtime.runtimes import PooledRuntime
from arenafit.runtime.types import ModelSource, Stage
from arenafit.tflite import make_options, write_bytes
from support.cli import invoke
from support.hostile import large_dequantize, unending_loop_in_a_loop
from support.models import conv_chain, empty_model
from support.one_op import f32, one_op, tensor


def added(*shape: int) -> Model:
    return one_op("ADD", [f32(*shape), f32(*shape)], [f32(*shape)], "AddOptions")


def endless_loop() -> Model:
    """A loop that goes on as long as its state, which never changes, is not above itself."""
    editor = Editor(empty_model())
    condition, body = editor.add_graph("condition"), editor.add_graph("body")

    def state(name: str, graph: int, dtype: DType = DType.FLOAT32) -> TensorId:
        return editor.add_tensor(name, dtype, (1,), graph=graph)

    before, after = state("before", 0), state("after", 0)
    fields = {"cond_subgraph_index": condition, "body_subgraph_index": body}
    editor.append_op(editor.make_op("WHILE", (before,), (after,), make_options("WhileOptions", **fields)))
    editor.set_inputs((before,))
    editor.set_outputs((after,))
    looked, goes_on = state("looked", condition), state("goes_on", condition, DType.BOOL)
    editor.append_op(
        editor.make_op("LESS_EQUAL", (looked, looked), (goes_on,), make_options("LessEqualOptions")), condition
    )
    editor.set_inputs((looked,), condition)
    editor.set_outputs((goes_on,), condition)
    taken, given = state("taken", body), state("given", body)
    editor.append_op(editor.make_op("ABS", (taken,), (given,), make_options("AbsOptions")), body)
    editor.set_inputs((taken,), body)
    editor.set_outputs((given,), body)
    return editor.build()


def drawn(model: Model, count: int = VERIFIED_INPUTS) -> int:
    found = verification_inputs(model, count)
    assert isinstance(found, GeneratedInputs)
    return found.count


class Stuck(TflmPool):
    """A TFLM in which nothing ends in time; it counts how often it is asked."""

    def __init__(self) -> None:
        self.id = RuntimeId("stuck", "1", "none", "none")
        self.asked = 0

    def run(
        self, model: ModelSource, batches: Inputs, *, reset: bool = False, timeout_seconds: float | None = None
    ) -> Outputs | Refusal:
        self.asked += 1
        return Refusal("", self.id, Stage.TIMEOUT, "still running", "")


def test_patience_grows_with_the_work_and_an_unknown_number_of_trips_is_granted_no_more() -> None:
    endless = invoke_cpu_seconds(endless_loop())
    small, large = (invoke_cpu_seconds(added(1, size)) for size in (100, 100_000_000))
    assert 10 <= endless < 11
    assert 10 <= small < 11
    assert large > 15


def test_an_operator_that_nobody_measured_is_granted_a_look_at_each_weight_for_each_output() -> None:
    unmeasured = one_op("CEIL", [tensor(DType.FLOAT32, 1, 10**9)], [f32(1, 10**9)])
    assert invoke_cpu_seconds(unmeasured) >= 20


def test_work_that_takes_minutes_is_refused_before_anything_is_run() -> None:
    filter_shape = (8, 64, 64, 1)
    wide = one_op("CONV_2D", [f32(1, 1000, 1000, 1), f32(*filter_shape), f32(8)], [f32(1, 1000, 1000, 8)],
                  "Conv2DOptions", stride_w=1, stride_h=1, dilation_w_factor=1, dilation_h_factor=1)  # fmt: skip
    with pytest.raises(UnsupportedModelError, match=r"instructions, more than are ever run here \(1e\+11\)"):
        invoke_cpu_seconds(wide)


def test_runs_go_on_at_once_unless_they_may_never_end_or_fill_the_memory() -> None:
    assert lanes_for(added(1, 100), 2) == 2
    assert lanes_for(endless_loop(), 2) == 1
    assert lanes_for(added(1, 4 << 20), 2) == 1
    image = large_dequantize()
    assert (lanes_for(image, 2), drawn(image), fewer_if_large(image, 4, least=1)) == (1, 3, 2)


def test_a_loop_in_a_loop_that_does_not_end_is_cut_off_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    monkeypatch.setattr("arenafit.fit.patience._LEAST_CPU_SECONDS", 0.1)
    told = list[str]()
    run = PooledRuntime.run

    def recorded(self: Any, *arguments: Any, **options: Any) -> Outputs | Refusal:
        found = run(self, *arguments, **options)
        told.append(found.stage.value if isinstance(found, Refusal) else "done")
        return found

    monkeypatch.setattr(PooledRuntime, "run", recorded)
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(unending_loop_in_a_loop()))
    ended = invoke("fit", str(path), "-o", str(tmp_path / "out.tflite"), "--jobs", "2", "--effort", "1")
    assert ended.exit_code == 4
    assert "s of CPU while the model was invoked" in ended.stderr
    # The random inputs in both runtimes; then larger ones, and nothing else is run on these.
    assert told == ["done", "done", "timeout"]
    assert not (tmp_path / "out.tflite").exists()


def test_what_does_not_end_in_tflm_is_not_compared_with_desktop_litert() -> None:
    stuck = Stuck()
    with pytest.raises(UnsupportedModelError, match=r"refuses the model as it is \(timeout\)"):
        Verifier(stuck, cast("Any", stuck), "").disagreement(write_bytes(conv_chain()))
    assert stuck.asked == 1


def test_a_model_that_does_not_end_is_run_once_and_the_other_not_at_all() -> None:
    stuck, content = Stuck(), write_bytes(conv_chain())
    with pytest.raises(UnsupportedModelError, match=r"refuses the model as it is \(timeout\): still running"):
        Verifier(stuck, None, "").verify(content, content)
    assert stuck.asked == 1


def test_inputs_that_would_fill_the_memory_are_fewer_and_both_ends_stay() -> None:
    assert drawn(added(1, 100)) == 12
    # Three tensors of 16 MiB: 128 MiB hold two sets.
    assert drawn(added(1, 4 << 20)) == 3
    # Of 4 MiB: ten.
    assert drawn(added(1, 1 << 20)) == 10
    assert drawn(added(1, 4 << 20), 2) == 2
    # Who asks for more than the default gets them.
    assert drawn(added(1, 4 << 20), 13) == 13


def test_plan_of_a_loop_without_end_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    monkeypatch.setattr("arenafit.fit.patience._LEAST_CPU_SECONDS", 0.1)
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(endless_loop()))
    ended = invoke("plan", str(path), "-o", str(tmp_path / "out.tflite"))
    assert ended.exit_code == 4
    assert "s of CPU while the model was invoked" in ended.stderr
    assert not (tmp_path / "out.tflite").exists()


def test_repair_of_a_loop_without_end_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    pytest.importorskip("ai_edge_litert", reason="a repair is proved in LiteRT")
    monkeypatch.setattr("arenafit.fit.patience._LEAST_CPU_SECONDS", 0.1)
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(endless_loop()))
    ended = invoke("repair", str(path), "-o", str(tmp_path / "out.tflite"))
    assert ended.exit_code == 6
    assert "s of CPU while the model was invoked" in ended.stderr
    assert not (tmp_path / "out.tflite").exists()


@pytest.mark.parametrize("forecast", ["predicted_rows", "predicted_parts"])
def test_a_forecast_that_comes_to_grief_is_no_error_of_a_model_that_is_written(
    forecast: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyError(1)

    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    monkeypatch.setattr(f"arenafit.api.fit.{forecast}", fails)
    path, output = tmp_path / "model.tflite", tmp_path / "out.tflite"
    path.write_bytes(write_bytes(conv_chain()))
    ended = invoke("fit", str(path), "-o", str(output), "--effort", "1")
    assert (ended.exit_code, output.exists()) == (0, True), ended.stderr


def test_invokes_are_counted_by_their_work() -> None:
    model = added(1, 100)
    alone = 1e8 * (invoke_cpu_seconds(model) - 10)
    assert invokes_within(model, 5.5 * alone) == 5
    assert invokes_within(model, 0.5 * alone) == 0


@pytest.mark.parametrize(("within", "count"), [(100, 4), (7, 3), (1, 1), (0, 1)])
def test_slow_models_are_compared_with_what_they_mean_on_fewer_inputs(
    within: int, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arenafit.fit.verification_inputs.invokes_within", lambda *_: within)
    assert compared_inputs(added(1, 100), 4) == count


def test_a_repair_whose_proof_takes_long_is_refused_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("arenafit.fit.repair.LiteRtRuntime", None)  # none is started
    Path("large.tflite").write_bytes(write_bytes(conv_chain(layers=3, size=640, channels=64)))
    found = invoke("repair", "large.tflite", "-o", "out.tflite")
    assert found.exit_code == 4
    assert "large.tflite: a repair is proved by 4 Invokes at least, more instructions than are run" in found.stderr
    assert not Path("out.tflite").exists()


def test_a_repair_is_proved_on_as_many_inputs_as_its_work_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ai_edge_litert", reason="needs desktop LiteRT")
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    content = write_bytes(added(1, 100))
    assert f"on {VERIFIED_INPUTS} inputs" in repair_bytes(content, "model").litert
    monkeypatch.setattr("arenafit.fit.repair.invokes_within", lambda *_: 11)
    assert "on 2 inputs" in repair_bytes(content, "model").litert
