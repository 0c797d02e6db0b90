"""A candidate that cannot be made is a defect, and the fit goes on."""

from typing import Any

import pytest

from arenafit.fit import Settings, fit_bytes
from arenafit.fit.search import tasks
from arenafit.ir import DType, OpId, TensorId
from arenafit.layout import Hints
from arenafit.layout.alias_sets import Behind
from arenafit.tflite import write_bytes
from support.models import conv_chain

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")


def test_a_candidate_that_raises_is_reported_and_the_fit_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise ValueError("max() arg is an empty sequence")

    monkeypatch.setattr(tasks, "stream", fails)
    result = fit_bytes(write_bytes(conv_chain(DType.INT8)), "model", Settings(effort=300))
    assert [defect.difference for defect in result.defects] == ["ValueError: max() arg is an empty sequence"]
    assert not result.defects[0].content
    # The offline plan is found all the same.
    assert result.verdict.accepted
    assert result.improved


def test_hints_keep_what_is_about_a_model() -> None:
    model = conv_chain(DType.INT8)
    known, op = next(iter(model.tensors)), model.main.ops[0].id
    lost, gone = TensorId(10_000), OpId(10_000)
    every = Hints(
        (Behind(known, lost, 0), Behind(known, known, 0)),
        ((known, known, 0), (lost, known, 0)),
        frozenset({known, lost}),
        frozenset({known, lost}),
        ((known, op), (known, gone)),
        ((known, op), (lost, op)),
        frozenset({known, lost}),
    )
    kept = every.within(model)
    assert kept == Hints(
        (Behind(known, known, 0),),
        ((known, known, 0),),
        frozenset({known}),
        frozenset({known}),
        ((known, op),),
        ((known, op),),
        frozenset({known}),
    )
