"""The models that tests are made of run in the real TFLM and in desktop LiteRT, and their outputs mean something."""

from collections.abc import Iterator

import numpy as np
import pytest

from arenafit.ir import DType
from arenafit.runtime import GeneratedInputs, Outputs, TflmPool
from arenafit.runtime.litert import LiteRtPool
from arenafit.tflite import write_bytes
from support.small_models import SMALL_MODELS

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


@pytest.fixture(scope="module")
def tflm() -> Iterator[TflmPool]:
    with TflmPool(workers=1) as pool:
        yield pool


@pytest.fixture(scope="module")
def litert() -> Iterator[LiteRtPool]:
    with LiteRtPool(workers=1) as pool:
        yield pool


@pytest.mark.parametrize("name", SMALL_MODELS)
def test_both_runtimes_agree(tflm: TflmPool, litert: LiteRtPool, name: str) -> None:
    model = SMALL_MODELS[name]()
    data = write_bytes(model)
    inputs = GeneratedInputs(3)

    micro, desktop = tflm.run(data, inputs), litert.run(data, inputs)

    assert isinstance(micro, Outputs), micro.reason
    assert isinstance(desktop, Outputs), desktop.reason
    is_float = model.main.tensor(model.main.outputs[0]).dtype is DType.FLOAT32
    for ours, theirs in zip(micro.batches, desktop.batches, strict=True):
        # Both accumulate in float32, not always in one order.
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-5 if is_float else 0, atol=1e-6 if is_float else 0)
    # A model whose output were stuck at one end of its range would hide every defect.
    assert all(len(np.unique(batch[0])) > 1 for batch in micro.batches)
    assert not np.array_equal(micro.batches[0][0], micro.batches[1][0])
