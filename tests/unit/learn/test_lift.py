"""A lifted model computes what LiteRT's reference kernels do, batch by batch."""

from pathlib import Path

import numpy as np
import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.ir import DType, Model
from arenafit.learn.lift import lift, real_inputs
from arenafit.runtime import LiteRtPool, Outputs
from arenafit.tflite import read_model, write_bytes
from support.corpus import corpus_model
from support.models import conv_chain, depthwise_chain, residual

EXAMPLES = Path(__file__).parents[3] / "examples"
FLOAT = ("mlperftiny__pretrainedResnet", "mlperftiny__vww_96_float", "mediapipe__face_landmark", "oww__okay_nabu")


def judge(model: Model, most: float = 1e-5) -> None:
    random = np.random.default_rng(3)
    sets = [
        tuple(random.normal(size=model.tensors[item].shape).astype(np.float32) for item in model.main.inputs)
        for _ in range(3)
    ]
    with LiteRtPool(1) as litert:
        found = litert.run(write_bytes(model), sets)
    assert isinstance(found, Outputs)
    arrays = [np.stack(column) for column in zip(*sets, strict=True)]
    mine = lift(model).run(real_inputs(model, arrays))
    for place, made in enumerate(mine):
        theirs = np.concatenate([batch[place] for batch in found.batches]).reshape(made.shape)
        assert np.abs(theirs - made).max() <= most * np.abs(theirs).max()


@pytest.mark.parametrize("name", ["spectrogram/spectrogram", "small/denoiser", "small/mobile", "small/motion"])
def test_the_examples(name: str) -> None:
    judge(read_model(EXAMPLES / f"{name}_fp32.tflite"))


def test_small_nets() -> None:
    for model in (conv_chain(DType.FLOAT32), depthwise_chain(DType.FLOAT32), residual(DType.FLOAT32)):
        judge(model)


@pytest.mark.corpus
@pytest.mark.parametrize("name", FLOAT)
def test_float_models_of_the_corpus(name: str) -> None:
    judge(read_model(corpus_model(f"dev/{name}")))


def test_variables_are_refused_by_name() -> None:
    with pytest.raises(UnsupportedModelError, match="READ_VARIABLE"):
        lift(read_model(EXAMPLES / "small" / "streaming_fp32.tflite"))
