"""Channels that a net does not need go; those it needs do not."""

import json
import zipfile
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import arenafit
from arenafit.accuracy.samples import Samples
from arenafit.errors import BudgetError, ConfigError, DataError, UnsupportedModelError
from arenafit.ir import Constant, DType, Editor, Model, OpId
from arenafit.learn.lift import lift, real_inputs
from arenafit.prune.order import order
from arenafit.prune.path import Objective, Pricing, path
from arenafit.prune.readers import Reader, readers
from arenafit.prune.refit import refitted
from arenafit.prune.request import Request, Tried
from arenafit.prune.run import prune
from arenafit.prune.synthetic import synthetic_samples
from arenafit.structure.channels import channels
from arenafit.structure.settle import settle
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from arenafit.tflm.footprints import footprint
from support.cli import invoke
from support.models import RELU, Sketch

RANDOM = np.random.default_rng(11)


def doubled(dtype: DType = DType.FLOAT32) -> Model:
    """Return a net whose first convolution makes every channel twice: half of them can go without any loss."""
    sketch = Sketch(dtype, seed=4)
    tensor = sketch.conv(sketch.input(1, 12, 12, 2), 12, activation=RELU)
    tensor = sketch.pool(tensor, 2)
    model = sketch.finish(sketch.softmax(sketch.dense(sketch.conv(tensor, 6, activation=RELU), 4)))
    first = model.main.ops[0]
    weights, bias = (model.tensors[item] for item in first.operands[1:])
    twice = {}
    for tensor_ in (weights, bias):
        array = tensor_.array().copy()
        array[6:] = array[:6]
        twice[tensor_.id] = array
    editor = Editor(model)
    for tensor_ in (weights, bias):
        quant = tensor_.quant
        if quant is not None and len(quant.scales) == 12:
            quant = replace(quant, scales=quant.scales[:6] * 2)
        editor.update_tensor(replace(tensor_, data=Constant.of(twice[tensor_.id]), quant=quant))
    return editor.build()


def samples(model: Model, count: int = 64) -> Samples:
    tensor = model.tensors[model.main.inputs[0]]
    arrays = RANDOM.normal(size=(count, *tensor.shape)).astype(np.float32)
    if tensor.dtype is DType.INT8:
        return Samples((np.clip(arrays * 40, -128, 127).astype(np.int8),), (None,), "made here")
    return Samples((arrays,), (None,), "made here")


@pytest.mark.parametrize("batch", [7, 64])
def test_readers_are_the_same_in_batches(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model = doubled()
    given = real_inputs(model, samples(model, 30).arrays)
    whole = readers(lift(model), channels(model), given)
    monkeypatch.setattr("arenafit.prune.readers.most_samples", lambda _, wanted: min(batch, wanted))
    for op, reader in readers(lift(model), channels(model), given).items():
        assert np.array_equal(reader.places, whole[op].places)
        assert reader.operands == pytest.approx(whole[op].operands, abs=1e-5)
        assert reader.targets == pytest.approx(whole[op].targets, abs=1e-5)


def test_the_way_that_does_best_on_unseen_samples_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    model = doubled()
    few, request = samples(model, 24), Request(max_drop=1.0, force=True)

    def pruned(*distances: float) -> Tried:
        left = list(distances)  # two pulls on the samples given, then the same with varied ones
        monkeypatch.setattr("arenafit.prune.evaluation._distance", lambda *_: left.pop(0))
        made = prune(model, few, request).chosen
        assert not left
        return made

    taken = [pruned(*(0.1 if place == best else 0.2 for place in range(4))) for best in range(4)]
    ways = [way.needed_model for way in taken]
    shapes = [[tensor.shape for tensor in way.main.tensors] for way in ways]
    assert all(shape == shapes[0] for shape in shapes)
    assert all(one != two for one, two in pairwise(ways))
    assert pruned(0.2, 0.2, 0.2, 0.2).model == ways[0]  # the usual one, where none is better
    assert len({way.drop for way in taken}) > 1  # the loss told is that of the fit taken


def test_the_error_of_the_order_is_that_of_the_best_weights_left() -> None:
    operands = RANDOM.normal(size=(600, 8)) @ RANDOM.normal(size=(8, 8))
    targets = operands @ RANDOM.normal(size=(8, 2))
    reader = Reader(OpId(0), np.arange(1, 9), operands, targets, np.arange(600), 1)
    found = order(range(1, 9), [reader])
    for gone in (1, 3, 5):
        left = [label - 1 for label in range(1, 9) if label not in found.labels[:gone]]
        best, *_ = np.linalg.lstsq(operands[:, left], targets, rcond=None)
        missing = np.square(targets - operands[:, left] @ best).mean(axis=0).sum() / targets.var(axis=0).sum()
        assert found.errors[gone] == pytest.approx(missing, rel=0.1, abs=2e-3)


@pytest.mark.parametrize("dtype", [DType.FLOAT32, DType.INT8])
def test_channels_that_are_there_twice_cost_nothing(dtype: DType) -> None:
    model = doubled(dtype)
    found, lifted = channels(model), lift(model)
    given = real_inputs(model, samples(model).arrays)
    known = readers(lifted, found, given)
    layer = next(iter(found.layers))
    made = order(
        found.layers[layer], [item for item in known.values() if np.isin(item.labels, found.layers[layer]).any()]
    )
    assert made.errors[6] < 2e-3  # the damping's doing
    assert made.errors[8] > 10 * made.errors[6]
    pruned = refitted(found, frozenset(made.labels[:6]), known, given)
    assert settle(pruned, pruned) == pruned
    before, after = lifted.run(given)[0], lift(pruned).run(given)[0]
    assert np.abs(before - after).max() < (0.002 if dtype is DType.FLOAT32 else 0.05)
    assert pruned.tensors[pruned.main.ops[0].outputs[0]].shape[-1] == 6


def test_a_path_is_priced_exactly_and_only_goes_down() -> None:
    model = doubled()
    found = channels(model)
    known = readers(lift(model), found, real_inputs(model, samples(model).arrays))
    orders = {
        op: order(labels, [item for item in known.values() if np.isin(item.labels, labels).any()])
        for op, labels in found.layers.items()
    }
    pricing = Pricing(WHEEL, Objective.STOCK)
    way = path(found, orders, pricing, 1.0)
    assert way[0].sizes.arena_bytes == footprint(model).min_arena_bytes
    values = [pricing.value(step.sizes) for step in way]
    assert values == sorted(values, reverse=True)
    assert all(one.error <= two.error for one, two in pairwise(way))
    assert path(found, orders, pricing, 0.0)[-1].error == pytest.approx(0.0, abs=1e-6)


def test_prune_takes_what_is_redundant_and_prices_it_as_it_is() -> None:
    model = doubled()
    made = prune(model, samples(model), Request(max_drop=0.05))
    assert made.kept["conv#0"][1] <= 8  # six would do; whole lanes of four are left
    assert footprint(made.model).min_arena_bytes == made.chosen.step.sizes.arena_bytes
    again = prune(model, samples(model, 64), Request(max_drop=0.0))
    assert again.chosen.step.error <= made.chosen.step.error


def test_goals_that_cannot_be_met() -> None:
    model = doubled()
    with pytest.raises(BudgetError, match="fewest channels"):
        prune(model, samples(model), Request(ram_bytes=100, force=True))
    sketch = Sketch(DType.FLOAT32)
    single = sketch.finish(sketch.dense(sketch.input(1, 4), 3))
    with pytest.raises(UnsupportedModelError, match="they all reach an input or output"):
        prune(single, samples(single), Request())


def test_layers_that_are_not_redundant_are_named_and_forced() -> None:
    sketch = Sketch(DType.FLOAT32, seed=2)
    tensor = sketch.conv(sketch.input(1, 8, 8, 8), 8, kernel=1, activation=0)
    tensor = sketch.pool(sketch.conv(tensor, 8, kernel=1, activation=0), 8, kind="AVERAGE")
    model = sketch.finish(sketch.dense(tensor, 8))
    with pytest.raises(UnsupportedModelError, match=r"not redundant.*conv#0.*--force"):
        prune(model, samples(model), Request())
    assert prune(model, samples(model), Request(force=True)).chosen.drop <= 0.01


def test_made_up_samples_state_their_range() -> None:
    model = doubled()
    made = synthetic_samples(model, "synthetic:-1,1").arrays[0]
    assert made.shape == (128, 1, 12, 12, 2)
    assert made.min() >= -1.0
    assert made.max() <= 1.0
    assert np.array_equal(made, synthetic_samples(model, "synthetic:-1,1").arrays[0])
    with pytest.raises(DataError, match="LOW,HIGH"):
        synthetic_samples(model, "synthetic:3")


def test_the_command_line_keeps_a_history_and_goes_on_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    model = doubled()
    Path("model.tflite").write_bytes(write_bytes(model))
    np.savez("data.npz", x=samples(model).arrays[0])
    first = invoke(
        "prune",
        "model.tflite",
        "--data",
        "data.npz",
        "-o",
        "a.tflite",
        "--history",
        "kept",
        "--max-drop",
        "5%",
        "--json",
    )
    assert first.exit_code == 0, first.stderr
    document = json.loads(first.stdout)
    assert document["after_measured_bytes"] < document["before_measured_bytes"]
    assert document["target"] == "cortex-m4"
    assert document["answer"]["result"].startswith(
        f"smallest working arena: {document['before']['arena_bytes']:,} -> {document['after']['arena_bytes']:,} bytes"
    )
    arguments = ("--data", "data.npz", "-o", "b.tflite", "--history", "kept", "--force")
    second = invoke("prune", "kept/001-prune.tflite", *arguments, "--json")
    assert second.exit_code == 0, second.stderr
    assert json.loads(second.stdout)["original"] == "kept/original.tflite"
    entries = json.loads(invoke("history", "kept", "--json").stdout)["entries"]
    assert [(entry["number"], entry["parent"]) for entry in entries] == [(1, 0), (2, 1)]
    other = invoke("prune", "b.tflite", "--data", "data.npz", "-o", "c.tflite", "--history", "nowhere/deep", "--force")
    assert other.exit_code == 0, other.stderr
    assert invoke("history", "data.npz").exit_code == 13


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--data", "no.npz"), 9, "no.npz"),
        (("--data", "data.npz", "--max-drop", "much"), 1, "no loss"),
        (("--data", "data.npz", "--ram", "100", "--force"), 7, "fewest channels"),
        (("--data", "synthetic:1,0"), 9, "LOW,HIGH"),
        (("--data", "data.npz", "--history", "data.npz"), 8, "data.npz"),
        (("--data", "data.npz", "--seed", "-1"), 13, "-1 is no seed"),
    ],
)
def test_what_is_refused(
    arguments: tuple[str, ...], code: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = doubled()
    Path("model.tflite").write_bytes(write_bytes(model))
    np.savez("data.npz", x=samples(model).arrays[0])
    result = invoke("prune", "model.tflite", *arguments, "-o", "out.tflite")
    assert (result.exit_code, says in result.stderr) == (code, True), result.stderr
    assert not Path("out.tflite").exists()


@pytest.mark.parametrize(
    "wrong", [{"number": "1"}, {"kept": []}, {"kept": {"a": [1]}}, {"drop": None}, {"file": 7}, {"unknown": 1}]
)
def test_a_spoiled_history_is_told(tmp_path: Path, wrong: dict[str, object]) -> None:
    entry = {"number": 1, "parent": 0, "file": "001-prune.tflite", "sha256": "", "made_by": "prune", "drop": 0.0}
    entry |= {"arena_bytes": 1, "flash_bytes": 1, "instructions": 1, "kept": {"a": [2, 1]}, "parameters": {}}
    index = tmp_path / "history.json"
    index.write_text(json.dumps({"version": 1, "entries": [entry]}))
    assert invoke("history", str(tmp_path)).exit_code == 0
    index.write_text(json.dumps({"version": 1, "entries": [entry | wrong]}))
    ended = invoke("history", str(tmp_path))
    assert (ended.exit_code, ended.stderr.count("\n")) == (13, 1), ended.output


def test_labels_behind_the_model_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.tflite").write_bytes(write_bytes(doubled()))
    with zipfile.ZipFile("model.tflite", "a") as archive:
        archive.writestr("labels.txt", "yes\nno\n")
    np.savez("data.npz", x=samples(doubled()).arrays[0])
    arenafit.prune_model("model.tflite", "data.npz", "a.tflite", arenafit.Prune(max_drop=0.05))
    with zipfile.ZipFile("a.tflite") as archive:
        assert archive.read("labels.txt") == b"yes\nno\n"


def test_an_objective_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(write_bytes(doubled()))
    with pytest.raises(ConfigError, match="objective 'size' is none of: fitted, stock"):
        arenafit.prune_model(tmp_path / "model.tflite", "data", tmp_path / "a", arenafit.Prune(objective="size"))


def test_what_tflm_reads_as_something_else_is_refused(tmp_path: Path) -> None:
    model = doubled()
    weights = next(one for one in model.main.tensors if one.is_constant and len(one.shape) > 1)
    sparse = replace(weights, extras=(*weights.extras, ("sparsity", (("traversal_order", (0, 1)),))))
    tensors = tuple(sparse if one.id == weights.id else one for one in model.main.tensors)
    path = tmp_path / "model.tflite"
    path.write_bytes(write_bytes(replace(model, graphs=(replace(model.main, tensors=tensors),))))
    ended = invoke(
        "prune", str(path), "--data", "synthetic", "-o", str(tmp_path / "o"), "--history", str(tmp_path / "h")
    )
    assert (ended.exit_code, "sparse" in ended.stderr, str(path) in ended.stderr) == (14, True, True), ended.output
    assert not (tmp_path / "h").exists()
