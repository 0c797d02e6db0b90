"""Layout alone over real models: never worse than stock, as predicted, and the same outputs run after run.

State shows only in consecutive invocations: variables, resource variables, loops and branches run several times on one
interpreter, before and after.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.fit.relayout import plan_layout
from arenafit.ir import Editor
from arenafit.layout import LayoutRules
from arenafit.runtime import GeneratedInputs, Measurement, Outputs, TflmPool
from arenafit.runtime.compare import first_difference
from arenafit.targets.libraries import REFERENCE, KernelLibrary
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_model, write_bytes
from arenafit.tflm import footprint
from support.corpus import corpus_model, corpus_models

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

STATEFUL = [
    "dev/mww__alexa", "dev/mww__hey_jarvis", "dev/mww__stop", "dev/mww__v2_vad", "dev/lyra__soundstream_encoder",
    "dev/litert__multi_subgraphs_while", "dev/litert__nested_while", "dev/litert__call_once_mul", "dev/gap__lstm",
    "dev/tflm__keyword_scrambled_8bit",
]  # fmt: skip
# No zeros: of the nested loops one runs for ever on them.
INPUTS = GeneratedInputs(12, 5, ("random", "min", "max"))


@pytest.fixture(scope="module")
def tflm() -> Iterator[TflmPool]:
    with TflmPool(workers=1) as pool:
        yield pool


def check(tflm: TflmPool, path: Path, inputs: GeneratedInputs, *, library: KernelLibrary | None = None) -> None:
    original = path.read_bytes()
    try:
        model = read_model(path)
        stock = footprint(model, WHEEL)
    except UnsupportedModelError as error:
        pytest.skip(str(error))
    before = tflm.run(original, inputs, timeout_seconds=300)
    if not isinstance(before, Outputs):
        pytest.skip(f"TFLM does not run it: {before.reason}")
    planned = plan_layout(model, WHEEL, effort="fast", rules=LayoutRules(kernel_library=library))
    assert planned.footprint.min_arena_bytes <= stock.min_arena_bytes
    content = write_bytes(planned.model)
    after = tflm.run(content, inputs, timeout_seconds=300)
    assert isinstance(after, Outputs), after.reason
    assert first_difference(before, after) is None
    measured = tflm.measure(content)
    assert isinstance(measured, Measurement), measured.reason
    assert measured.head_bytes == planned.footprint.head_bytes


@pytest.mark.corpus
@pytest.mark.parametrize("name", STATEFUL)
def test_state_survives_a_plan(tflm: TflmPool, name: str) -> None:
    check(tflm, corpus_model(name), INPUTS)


@corpus_models("dev")
def test_no_model_is_worse_or_computes_otherwise(tflm: TflmPool, path: Path) -> None:
    check(tflm, path, GeneratedInputs(3, 5, ("random", "max")))


@pytest.mark.corpus
@pytest.mark.parametrize(
    "name", ["dev/mlperftiny__kws_ref_model", "dev/tflm__person_detect", "dev/jomjol__dig-class100-0170_s1_q"]
)
def test_what_only_the_reference_kernels_permit(tflm: TflmPool, name: str) -> None:
    path = corpus_model(name)
    check(tflm, path, INPUTS, library=REFERENCE)
    model = read_model(path)
    portable, reference = (
        plan_layout(model, WHEEL, rules=LayoutRules(kernel_library=only)).footprint for only in (None, REFERENCE)
    )
    assert reference.head_bytes < portable.head_bytes


@pytest.mark.corpus
def test_visual_wake_words_reaches_its_bound() -> None:
    planned = plan_layout(read_model(corpus_model("dev/mlperftiny__vww_96_int8")), WHEEL)
    assert planned.footprint.head_bytes == planned.bound_bytes <= 55_296


@pytest.mark.corpus
def test_a_plan_in_the_file_is_honoured_until_it_is_replaced() -> None:
    path = corpus_model("dev/mlperftiny__vww_96_int8")
    model = read_model(path)
    planned = plan_layout(model, WHEEL)
    assert planned.model.offline_plan is not None
    editor = Editor(model)
    editor.set_offline_plan({tensor: offset + 4096 for tensor, offset in planned.model.offline_plan.items()})
    moved = editor.build()
    assert footprint(moved, WHEEL).head_bytes == planned.footprint.head_bytes + 4096
    assert plan_layout(moved, WHEEL).footprint.head_bytes == planned.footprint.head_bytes
