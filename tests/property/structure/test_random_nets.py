"""Random nets, random channels kept: shapes that fit, models TFLM and LiteRT run; nothing removed is the identity."""

import os
from collections.abc import Iterator

import numpy as np
import pytest

from arenafit.ir import DType, Model
from arenafit.runtime import LiteRtPool, Measurement, Outputs, TflmPool
from arenafit.runtime.inputs import GeneratedInputs
from arenafit.structure.channels import channels, without
from arenafit.structure.pricing import Pricer, price_changes
from arenafit.structure.settle import settle
from arenafit.targets.target import WHEEL
from arenafit.tflite import write_bytes
from arenafit.tflm.comparison import compare
from arenafit.tflm.footprints import footprint
from support.models import NONE, RELU, Sketch

NETS = max(6, int(os.environ.get("ARENAFIT_EXAMPLES", "60")) // 5)


@pytest.fixture(scope="module")
def runtimes() -> Iterator[tuple[TflmPool, LiteRtPool]]:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        yield tflm, litert


def random_net(seed: int) -> Model:
    """Return a net of convolutions, depthwise ones, residual additions, poolings and a flatten or none."""
    random = np.random.default_rng(seed)
    sketch = Sketch(DType.FLOAT32 if seed % 3 == 0 else DType.INT8, seed)
    tensor = sketch.conv(sketch.input(1, int(random.integers(9, 17)), 12, 2), int(random.integers(3, 9)))
    for _ in range(int(random.integers(1, 5))):
        depth = sketch.shape(tensor)[3]
        kind = random.integers(0, 4)
        if kind == 0:
            tensor = sketch.conv(tensor, int(random.integers(3, 10)), kernel=int(random.choice([1, 3])))
        elif kind == 1:
            tensor = sketch.conv(sketch.depthwise(tensor), depth, kernel=1)
        elif kind == 2:
            branch = sketch.conv(sketch.conv(tensor, int(random.integers(2, 6)), kernel=1), depth, activation=NONE)
            tensor = sketch.add(branch, tensor, activation=RELU)
        elif min(sketch.shape(tensor)[1:3]) >= 4:
            tensor = sketch.pool(tensor, 2, kind=str(random.choice(["MAX", "AVERAGE"])))
    if random.integers(0, 2):
        tensor = sketch.reshape(tensor, 1, int(np.prod(sketch.shape(tensor))))
    return sketch.finish(sketch.dense(sketch.dense(tensor, 6, activation=RELU), 3))


@pytest.mark.parametrize("seed", range(NETS))
def test_any_channels_may_go(seed: int, runtimes: tuple[TflmPool, LiteRtPool]) -> None:
    tflm, litert = runtimes
    model = random_net(seed)
    found = channels(model)
    assert without(found, ()) == model
    random = np.random.default_rng(seed)
    removed = [
        label
        for labels in found.layers.values()
        for label in random.permutation(labels)[: random.integers(0, len(labels))].tolist()
    ]
    pruned = without(found, removed)
    assert settle(pruned, pruned) == pruned  # shapes follow from options and weights, as they stand
    for op in pruned.main.ops:
        before = model.tensors[op.outputs[0]].shape
        assert all(one <= other for one, other in zip(pruned.tensors[op.outputs[0]].shape, before, strict=True))
    content = write_bytes(pruned)
    measured = tflm.measure(content)
    assert isinstance(measured, Measurement)
    assert compare(footprint(pruned), measured).equal
    assert isinstance(litert.run(content, GeneratedInputs(1)), Outputs)


@pytest.mark.parametrize("seed", range(0, NETS, 2))
def test_every_change_runs_and_measures_as_priced(seed: int, runtimes: tuple[TflmPool, LiteRtPool]) -> None:
    tflm, litert = runtimes
    rows = price_changes(random_net(seed), Pricer(WHEEL)).rows
    assert rows
    for row in rows[seed % 5 :: 5]:
        content = write_bytes(row.model)
        measured = tflm.measure(content, min_arena=True)
        assert isinstance(measured, Measurement), row.settings
        assert compare(footprint(row.model), measured).equal, row.settings
        assert measured.min_arena_bytes == row.price.arena_bytes
        assert isinstance(litert.run(content, GeneratedInputs(1)), Outputs), row.settings
