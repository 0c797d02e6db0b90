"""`prune --as int8`: losses and fitted arenas are those of the int8 model to come."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from arenafit.accuracy.precision import Precision
from arenafit.accuracy.samples import Samples
from arenafit.fit.search.driver import Search
from arenafit.fit.settings import Settings
from arenafit.ir import DType, Model
from arenafit.learn.lift import lift
from arenafit.prune.as_int8 import int8_outputs
from arenafit.prune.evaluation import outputs_of
from arenafit.prune.path import Objective
from arenafit.prune.request import Request
from arenafit.prune.run import prune
from arenafit.quantize.build import build, calibrated, uniform
from arenafit.quantize.preparation import prepare
from arenafit.runtime import TflmPool
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from support.cli import invoke
from support.models import RELU, Sketch

pytest.importorskip("litert_quantizer", reason="extra quantize")


def net(dtype: DType = DType.FLOAT32) -> Model:
    sketch = Sketch(dtype, seed=4)
    tensor = sketch.pool(sketch.conv(sketch.input(1, 6, 6, 2), 8, activation=RELU), 2)
    return sketch.finish(sketch.dense(sketch.conv(tensor, 6, activation=RELU), 4))


def samples(count: int = 32) -> Samples:
    arrays = np.random.default_rng(11).normal(size=(count, 6, 6, 2)).astype(np.float32)
    return Samples((arrays[:, None].reshape(count, 1, 6, 6, 2),), (None,), "made here")


@pytest.fixture
def pool() -> Iterator[TflmPool]:
    with TflmPool(1) as found:
        yield found


def test_outputs_are_those_held_back_with_ranges_of_the_others(pool: TflmPool) -> None:
    model, given = net(), samples()
    held = np.arange(len(given)) % 2 == 0
    (exact,) = outputs_of(lift(model), (given.arrays[0][held][:, 0],))
    (made,) = int8_outputs(model, given, held, pool)
    assert made.shape == exact.shape
    error = float(np.square(made - exact).mean() / np.square(exact).mean())
    assert 0.0 < error < 0.02
    wide = Samples(
        (np.where(held[:, None, None, None, None], 8.0, 1.0).astype(np.float32) * given.arrays[0],), (None,), ""
    )
    # Beyond the ranges of what was seen, int8 clips: a loss that ranges of the samples held back would hide.
    (clipped,) = int8_outputs(model, wide, held, pool)
    assert np.abs(clipped).max() < 0.6 * np.abs(outputs_of(lift(model), (wide.arrays[0][held][:, 0],))[0]).max()


def test_the_goal_is_of_the_int8_model_after_fit_and_holds_once_it_is_made(pool: TflmPool) -> None:
    model, given = net(), samples()
    request = Request(ram_bytes=10**6, objective=Objective.FITTED, target=WHEEL, as_int8=True, force=True, effort=50)
    goal = (prune(model, given, request).chosen.fitted_bytes or 0) - 16
    chosen = prune(model, given, replace(request, ram_bytes=goal), runtime=pool).chosen
    assert chosen.fitted_bytes is not None
    assert chosen.fitted_bytes <= goal
    source = calibrated(prepare(chosen.needed_model).model, given)
    made = build(source, uniform(source, Precision.INT8)).model
    settings = Settings(target=WHEEL, effort=request.effort)
    assert Search(made, settings, lambda _: None).run()[0].arena_bytes == chosen.fitted_bytes


def test_the_command_tells_the_goal_of_what_is_to_come(tmp_path: Path) -> None:
    file, data, out = tmp_path / "m.tflite", tmp_path / "d.npz", tmp_path / "o.tflite"
    file.write_bytes(write_bytes(net()))
    np.savez(data, *samples().arrays)
    call = [
        "prune",
        str(file),
        "--data",
        str(data),
        "-o",
        str(out),
        "--force",
        "--objective",
        "fitted",
        "--ram",
        "100K",
    ]
    ended = invoke(*call, "--as", "int8")
    assert ended.exit_code == 0, ended.stderr
    assert "after quantize and fit, predicted: fits an arena of 102,400 bytes" in ended.stdout
    steps = [line.split()[2] for line in ended.stdout.splitlines() if line.startswith("next:")]
    assert steps == ["quantize"]
    assert "and then arenafit fit" in ended.stdout  # the one after the other: not one instead of the other


def test_other_forms_and_integer_models_are_refused(tmp_path: Path) -> None:
    file, out = tmp_path / "m.tflite", tmp_path / "o.tflite"
    file.write_bytes(write_bytes(net(DType.INT8)))
    call = ["prune", str(file), "--data", "synthetic", "-o", str(out), "--force"]
    ended = invoke(*call, "--as", "int8")
    assert "the model is quantised already" in ended.stderr
    assert not out.exists()
    assert "--as int4" in invoke(*call, "--as", "int4").stderr
