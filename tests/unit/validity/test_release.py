"""What an older TFLM has not, said before anything is run."""

from dataclasses import replace

import pytest

from arenafit.errors import RefusedModelError
from arenafit.ir import DType, Model
from arenafit.targets.releases import find_release
from arenafit.targets.target import CORTEX_M4, WHEEL
from arenafit.validity import Severity, diagnose
from arenafit.validity.release import demand_release, needs
from support.models import Sketch, conv_chain
from support.one_op import f32, one_op


def maximum(dtype: DType) -> Model:
    sketch = Sketch(dtype)
    output = sketch.tensor("output", (1, 4))
    sketch.editor.append_op(sketch.editor.make_op("MAXIMUM", (sketch.input(1, 4), sketch.input(1, 4)), (output,)))
    return sketch.finish(output)


def kinds(model: Model, tflm: str) -> list[Severity]:
    found = diagnose(model, replace(CORTEX_M4, tflm=tflm))
    return [finding.severity for finding in found if finding.kind == "release"]


def test_a_type_that_came_later_is_refused_until_the_day_it_came() -> None:
    model = maximum(DType.INT16)
    assert kinds(model, "2024-09-08") == [Severity.REFUSE]
    assert kinds(model, "2024-09-09") == []
    assert [need.day for need in needs(model)] == ["2024-09-09"]


def test_another_type_of_the_same_operator_was_always_there() -> None:
    assert kinds(maximum(DType.FLOAT32), "2023-02-27") == []
    assert needs(maximum(DType.FLOAT32)) == ()
    assert needs(conv_chain()) == ()


def test_a_release_refuses_what_rewriting_does_not_take_out() -> None:
    with pytest.raises(
        RefusedModelError, match=r"model: .*MAXIMUM.*INT16: since 2024-09-09.*; --tflm arduino is older$"
    ):
        demand_release(maximum(DType.INT16), find_release("arduino"), "model")
    with pytest.raises(RefusedModelError, match=r"; use a TFLM of 2024-09 or later; --tflm 2022-10 is older$"):
        demand_release(maximum(DType.INT16), find_release("2022-10"), "model")
    demand_release(maximum(DType.INT16), find_release("2024-10"), "model")
    demand_release(conv_chain(), find_release("arduino"), "model")


def test_what_only_the_wheel_of_a_release_lacks_is_not_said_of_its_firmware() -> None:
    model = one_op("BATCH_MATMUL", [f32(2, 3), f32(3, 4)], [f32(2, 4)], "BatchMatMulOptions")
    assert kinds(model, "2023-10-10") == []
    with pytest.raises(RefusedModelError, match=r"since 2024-01-10 in tflite-micro's wheel.*\(2023-09-06 in C\+\+\)"):
        demand_release(model, find_release("2023-10"), "model")


def test_the_newest_wheel_lacks_nothing() -> None:
    assert [finding for finding in diagnose(maximum(DType.INT16), WHEEL) if finding.kind == "release"] == []
