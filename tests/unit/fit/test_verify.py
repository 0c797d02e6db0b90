"""The proof catches a model that computes something else, and a fit falls back to the next candidate."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from arenafit.errors import UnsupportedModelError
from arenafit.fit import Settings, fit_bytes
from arenafit.fit.search.candidates import Candidate
from arenafit.fit.search.driver import Search
from arenafit.fit.verdict import EQUAL_ON_LITERT
from arenafit.fit.verifiers import verifier
from arenafit.fit.verify import Verifier
from arenafit.ir import Constant, DType, Editor, Model
from arenafit.ir.model import OpCode
from arenafit.runtime import Domain, GeneratedInputs, Refusal, RuntimeId
from arenafit.runtime.types import Stage
from arenafit.targets.target import WHEEL
from arenafit.tflite import read_bytes, write_bytes
from support.models import VALID, conv_chain
from support.netsketch import NetSketch, Sliding
from support.small_models import while_loop

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

QUICK = Settings(effort=700)


@pytest.fixture(scope="module")
def judge() -> Iterator[Verifier]:
    with verifier() as found:
        yield found


def chain(size: int = 24) -> Model:
    drawn = NetSketch(DType.INT8)
    conv = drawn.sliding_conv(drawn.input(1, size, size, 1), 8, Sliding((3, 3), padding=VALID))
    pool = drawn.sliding_pool(conv, Sliding((2, 2), (2, 2), padding=VALID), "MAX")
    return drawn.finish(drawn.dense(drawn.reshape(pool, 1, (size // 2 - 1) ** 2 * 8), 3))


def wrong(model: Model) -> Model:
    """The model with one weight changed."""
    editor = Editor(model)
    weights = next(
        tensor for tensor in model.all_tensors() if tensor.name.startswith("weights") and len(tensor.shape) == 4
    )
    values = weights.array().copy()
    values.reshape(-1)[0] = -values.reshape(-1)[0] + 1
    graph = next(index for index, graph in enumerate(model.graphs) if weights.id in graph.by_id)
    editor.update_tensor(replace(weights, data=Constant.of(values)), graph)
    return editor.build()


def test_a_model_equals_itself(judge: Verifier) -> None:
    content = write_bytes(chain())
    verdict = judge.verify(content, content)
    assert (verdict.accepted, verdict.verified, verdict.litert, verdict.inputs) == (True, True, EQUAL_ON_LITERT, 12)
    assert verdict.total_bytes is not None
    assert verdict.min_arena_bytes is not None


def test_a_changed_weight_is_told(judge: Verifier) -> None:
    model = chain()
    verdict = judge.verify(write_bytes(model), write_bytes(wrong(model)))
    assert not verdict.accepted
    assert verdict.difference is not None
    assert "expected" in verdict.difference
    # What differs is not measured, and not asked for twice.
    assert verdict.min_arena_bytes is None


def test_a_model_that_does_not_run_is_told(judge: Verifier) -> None:
    model = chain()
    editor = Editor(model)
    last = model.main.ops[-1]
    editor.update_op(replace(last, code=OpCode("GELU"), inputs=last.inputs[:1], options=None))
    verdict = judge.verify(write_bytes(model), write_bytes(editor.build()))
    assert verdict.difference is not None
    assert verdict.difference.startswith("TFLM refuses it")


def test_an_original_that_does_not_run_is_an_error_of_its_own(judge: Verifier) -> None:
    drawn = NetSketch(DType.FLOAT32)
    source = drawn.input(1, 4)
    output = drawn.tensor("output", (1, 4))
    drawn.editor.append_op(drawn.editor.make_op("GELU", (source,), (output,)))
    content = write_bytes(drawn.finish(output))
    with pytest.raises(UnsupportedModelError, match="TFLM refuses the model as it is"):
        judge.verify(content, content)
    with pytest.raises(UnsupportedModelError, match="GELU"):
        fit_bytes(content, "gelu.tflite", QUICK)


def test_a_loop_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arenafit.fit.verify._LEAST_TIMEOUT_SECONDS", 1.0)
    with pytest.raises(UnsupportedModelError, match="still running after 1 s"):
        fit_bytes(write_bytes(while_loop(times=2**31 - 1)), "model", QUICK)


def test_overlapping_tensors_are_caught(judge: Verifier) -> None:
    model = chain()
    editor = Editor(model)
    moving = [tensor.id for tensor in model.main.tensors if not tensor.is_constant]
    editor.set_offline_plan(dict.fromkeys(moving, 0))
    assert not judge.verify(write_bytes(model), write_bytes(editor.build())).accepted


def test_a_wrong_candidate_is_a_defect_and_the_next_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    ranked = Search.ranked

    def spoiled(self: Search) -> list[Candidate]:
        best, *others = ranked(self)
        broken = replace(best, priced=replace(best.priced, model=wrong(best.priced.model)))
        return [broken, *others]

    monkeypatch.setattr(Search, "ranked", spoiled)
    content = write_bytes(chain())
    result = fit_bytes(content, "model", QUICK)
    assert len(result.defects) == 1
    assert "expected" in result.defects[0].difference
    # The reproducer is the model that failed.
    assert read_bytes(result.defects[0].content, "defect") != read_bytes(result.content, "fitted")
    assert result.verdict.accepted
    assert result.steps[-1].predicted_bytes <= result.steps[0].predicted_bytes


def test_where_every_candidate_is_wrong_the_original_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    ranked = Search.ranked

    def spoiled(self: Search) -> list[Candidate]:
        return [
            replace(item, priced=replace(item.priced, model=wrong(item.priced.model)))
            for item in ranked(self)
            if item.priced.model != self.original
        ]

    monkeypatch.setattr(Search, "ranked", spoiled)
    content = write_bytes(chain())
    result = fit_bytes(content, "model", QUICK)
    assert result.defects
    assert result.content == content
    assert not result.improved


def test_a_fit_is_never_larger_and_what_it_predicts_is_measured() -> None:
    content = write_bytes(chain())
    result = fit_bytes(content, "model", replace(QUICK, target=WHEEL))
    assert result.improved
    assert result.verdict.min_arena_bytes == result.steps[-1].predicted_bytes
    assert result.verdict.litert == EQUAL_ON_LITERT
    assert not result.defects
    assert [step.measured_bytes for step in result.steps] == [step.predicted_bytes for step in result.steps]


def test_fitting_what_was_fitted_makes_it_no_larger() -> None:
    first = fit_bytes(write_bytes(chain()), "model", QUICK)
    second = fit_bytes(first.content, "fitted", QUICK)
    assert second.steps[-1].predicted_bytes <= first.steps[-1].predicted_bytes
    assert second.verdict.accepted


def test_ram_that_the_model_fits_already_costs_no_time() -> None:
    content = write_bytes(chain())
    result = fit_bytes(content, "model", replace(QUICK, ram_bytes=1 << 20))
    assert result.steps[-1].instructions <= result.steps[0].instructions


def test_a_slowdown_is_kept_to() -> None:
    content = write_bytes(conv_chain(size=32))
    for limit in (0.0, 0.1, 0.5):
        result = fit_bytes(content, "model", replace(QUICK, max_slowdown=limit))
        assert result.steps[-1].instructions <= result.steps[0].instructions * (1 + limit)


def test_inputs_are_kept_where_asked() -> None:
    # The input is as large as what follows: without the wish its place is taken by the loop's output.
    drawn = NetSketch(DType.INT8)
    conv = drawn.sliding_conv(drawn.input(1, 48, 48, 4), 8, Sliding((1, 1)))
    model = drawn.finish(drawn.sliding_pool(conv, Sliding((2, 2), (2, 1)), "MAX"))
    kept = fit_bytes(write_bytes(model), "model", replace(QUICK, keep_inputs=True))
    taken = fit_bytes(write_bytes(model), "model", QUICK)
    assert taken.steps[-1].predicted_bytes < kept.steps[-1].predicted_bytes
    assert kept.verdict.accepted
    assert taken.verdict.accepted


@pytest.mark.parametrize("dtype", [DType.INT8, DType.INT16, DType.FLOAT32])
def test_every_element_type_is_fitted(dtype: DType) -> None:
    result = fit_bytes(write_bytes(conv_chain(dtype)), "model", QUICK)
    assert result.verdict.accepted
    assert not result.defects


class Recording:
    """A pool that notes what it is to run on, and refuses."""

    def __init__(self) -> None:
        self.asked: list[GeneratedInputs] = []

    def run(self, _model: bytes, inputs: GeneratedInputs, **_options: float) -> Refusal:
        self.asked.append(inputs)
        return Refusal("", RuntimeId("none", "0", "none", "lp64"), Stage.INVOKE, "not run", "")


def test_the_runtimes_are_compared_on_indices_that_the_operators_take() -> None:
    drawn = NetSketch(DType.FLOAT32)
    accepted = (Domain(0, 2, strict=True),)
    tflm, litert = Recording(), Recording()
    judge = Verifier(tflm, litert, "", GeneratedInputs(domains=accepted))  # type: ignore[arg-type]
    model = drawn.finish(drawn.unary("RELU", drawn.input(1, 4)))
    assert judge.disagreement(write_bytes(model)) is None
    assert [found.domains for found in (*tflm.asked, *litert.asked)] == [accepted] * 2
