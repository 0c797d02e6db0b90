"""Structural changes of real models: the price told before training is what the real TFLM measures."""

from pathlib import Path

import pytest

from arenafit.runtime import LiteRtPool, Outputs, Refusal, TflmPool
from arenafit.runtime.inputs import GeneratedInputs
from arenafit.structure.pricing import PricedChanges, Pricer, price_changes
from arenafit.structure.skeleton import int8_skeleton
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm.comparison import compare
from arenafit.tflm.footprints import footprint
from support.corpus import corpus_model

EXAMPLES = Path(__file__).parents[2] / "examples"
CORPUS = ("dev/tflm__person_detect", "dev/arm__vww4_128_128_INT8", "dev/silabs__keyword_spotting", "dev/mww__alexa")


def judge(priced: PricedChanges, every: int) -> None:
    with TflmPool(1) as tflm, LiteRtPool(1) as litert:
        desktop = not isinstance(litert.run(write_bytes(priced.model), GeneratedInputs(1)), Refusal)
        for row in priced.rows[::every]:
            content = write_bytes(row.model)
            measured = tflm.measure(content)
            assert not isinstance(measured, Refusal), row.settings
            assert compare(footprint(row.model), measured).equal, row.settings
            assert not desktop or isinstance(litert.run(content, GeneratedInputs(1)), Outputs), row.settings


def test_the_spectrogram_as_int8_has_its_rows() -> None:
    priced = price_changes(
        int8_skeleton(read_model(EXAMPLES / "spectrogram" / "spectrogram_fp32.tflite")), Pricer(WHEEL)
    )
    assert priced.price.arena_bytes == 370_816
    arenas = {row.settings[0]: row.price.arena_bytes for row in priced.rows}
    assert len(arenas) >= 20
    assert sum(row.at_peak for row in priced.rows) >= 12
    assert arenas["pool#1.order=first"] == 36_992
    assert arenas["pool#1.instead=stride"] < arenas["conv#0.channels=8"] < arenas["all.channels=0.5"]
    judge(priced, 3)


def test_a_float_model_is_priced_as_it_is() -> None:
    judge(price_changes(read_model(EXAMPLES / "small" / "mobile_fp32.tflite"), Pricer(WHEEL)), 5)


@pytest.mark.corpus
@pytest.mark.parametrize("name", CORPUS)
def test_models_of_the_corpus(name: str) -> None:
    judge(price_changes(read_model(corpus_model(name)), Pricer(WHEEL)), 9)


@pytest.mark.corpus
def test_person_detect_has_forty_five_rows() -> None:
    priced = price_changes(read_model(corpus_model("dev/tflm__person_detect")), Pricer(WHEEL))
    arenas = {row.settings[0]: row.price.arena_bytes for row in priced.rows}
    assert len(arenas) >= 45
    wanted = {"input=0.5": 43_792, "all.channels=0.5": 46_672, "conv#2.channels=8": 66_704}
    assert {name: arenas[name] for name in wanted} == wanted
