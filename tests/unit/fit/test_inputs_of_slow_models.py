"""How many inputs a model is verified on: fewer where all runs would take minutes, by counted instructions."""

import pytest

from arenafit.fit.verification_inputs import VERIFIED_INPUTS, verification_inputs
from arenafit.ir import DType, Editor, Model
from arenafit.runtime import GeneratedInputs
from arenafit.tflite import make_options
from support.models import empty_model


def product_of(rows: int) -> Model:
    """BATCH_MATMUL of two float matrices of (rows, rows)."""
    editor = Editor(empty_model())
    one, other, result = (
        editor.add_tensor(name, DType.FLOAT32, (1, rows, rows)) for name in ("one", "other", "result")
    )
    editor.append_op(editor.make_op("BATCH_MATMUL", (one, other), (result,), make_options("BatchMatMulOptions")))
    editor.set_inputs((one, other))
    editor.set_outputs((result,))
    return editor.build()


@pytest.mark.parametrize(("rows", "count"), [(64, VERIFIED_INPUTS), (1000, 8), (1500, 3)])
def test_slow_models_are_verified_on_fewer_inputs(rows: int, count: int) -> None:
    inputs = verification_inputs(product_of(rows))
    assert isinstance(inputs, GeneratedInputs)
    assert inputs.count == count


def test_who_asks_for_more_inputs_gets_them() -> None:
    inputs = verification_inputs(product_of(1000), VERIFIED_INPUTS + 1)
    assert isinstance(inputs, GeneratedInputs)
    assert inputs.count == VERIFIED_INPUTS + 1
