"""Runs that share what they can: several at once, and nothing twice."""

from functools import partial
from typing import Any

import pytest

from arenafit.fit import verifiers
from arenafit.fit.lanes import at_once
from arenafit.fit.verifiers import verifier
from arenafit.ir import DType
from arenafit.runtime import GeneratedInputs, TflmPool
from arenafit.tflite import write_bytes
from support.models import conv_chain


@pytest.mark.parametrize("lanes", [1, 2])
def test_results_come_in_the_order_of_the_calls(lanes: int) -> None:
    assert at_once([partial(pow, value, 2) for value in range(9)], lanes) == [value * value for value in range(9)]


@pytest.mark.parametrize("lanes", [1, 2])
def test_the_first_error_in_their_order_is_raised(lanes: int) -> None:
    def fails(text: str) -> str:
        raise ValueError(text)

    with pytest.raises(ValueError, match="second"):
        at_once([lambda: "first", lambda: fails("second"), lambda: fails("third")], lanes)


def test_a_model_is_run_and_measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The original on the same inputs for every candidate; what the verdict measured is not measured for the steps."""
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    content, fitted = write_bytes(conv_chain(DType.INT8)), write_bytes(conv_chain(DType.INT8, channels=4))
    ran: list[bytes] = []
    measured: list[bytes] = []

    class Counting(TflmPool):
        def run(self, model: Any, *arguments: Any, **options: Any) -> Any:
            ran.append(model)
            return super().run(model, *arguments, **options)

        def measure(self, model: Any, **options: Any) -> Any:
            measured.append(model)
            return super().measure(model, **options)

    monkeypatch.setattr(verifiers, "TflmPool", Counting)
    inputs = GeneratedInputs(2)
    with verifier(2) as judge:
        verdicts = [judge.verify(content, other, inputs) for other in (content, content, fitted)]
        found = judge.measure(content, min_arena=True)
    assert [verdict.accepted for verdict in verdicts] == [True, True, False]
    assert found is not None
    assert ran.count(content) == 3  # before once, and each time it is a candidate
    assert measured == [content]


def test_runs_at_once_say_what_runs_one_by_one_say() -> None:
    pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")
    content = write_bytes(conv_chain(DType.FLOAT32))
    verdicts = []
    for lanes in (1, 2):
        with verifier(lanes) as judge:
            verdicts.append(judge.verify(content, content))
    assert verdicts[0] == verdicts[1]
