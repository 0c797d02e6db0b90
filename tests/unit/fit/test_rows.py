"""The search streams feed-forward blocks over rows: no wide hidden layer, no squares of a norm exist whole."""

import numpy as np
import pytest

from arenafit.fit import Settings, fit_bytes
from arenafit.ir import DType, Model
from arenafit.rewrites.protocol import Validity
from arenafit.tflite import write_bytes
from support.rownets import RowSketch

pytest.importorskip("tflite_micro", reason="needs the tflite-micro wheel (Linux on x86-64)")

ROWS, DEPTH, HIDDEN = 64, 32, 128


def feed_forward() -> Model:
    drawn = RowSketch(DType.FLOAT32)
    source = drawn.input(2, ROWS // 2, DEPTH)
    power = drawn.reduced("MEAN", drawn.binary("MUL", source, source), keep=True)
    safe = drawn.binary("ADD", power, drawn.editor.add_constant("epsilon", np.array(1e-3, np.float32)))
    normed = drawn.binary("MUL", source, drawn._bare("RSQRT", safe, None))
    hidden = drawn.linear(normed, HIDDEN)
    gated = drawn.binary("MUL", hidden, drawn.unary("LOGISTIC", hidden))
    return drawn.finish(drawn.binary("ADD", source, drawn.linear(gated, DEPTH)))


@pytest.mark.parametrize("validity", list(Validity))
def test_a_feed_forward_block_fits_into_little_more_than_its_input(validity: Validity) -> None:
    found = fit_bytes(write_bytes(feed_forward()), settings=Settings(effort=1500, validity=validity), inputs=4)
    assert not found.defects
    notes = " ".join(step.what for step in found.steps)
    assert "64 rows" in notes
    assert "streamed" in notes
    input_bytes = 4 * ROWS * DEPTH
    before, after = found.steps[0].predicted_bytes, found.steps[-1].predicted_bytes
    assert before > 4 * ROWS * HIDDEN
    assert after < 2 * input_bytes
