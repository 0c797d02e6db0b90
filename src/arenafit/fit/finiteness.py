"""Where infinities and NaN arise inside a model: what a claim for finite values leaves out."""

from collections.abc import Iterator

import numpy as np

from arenafit.ir import DType, Editor
from arenafit.runtime import Outputs
from arenafit.tflite import read_bytes, write_bytes


def with_floats_as_outputs(content: bytes) -> bytes:
    """Return the model with every float tensor that its main graph reads or makes as an output, and no offline plan.

    What the model's own outputs hold stays first.
    """
    model = read_bytes(content, "the original")
    graph = model.main
    held = (*graph.inputs, *(output for op in graph.ops for output in op.outputs))
    made = [tensor for tensor in held if graph.tensor(tensor).dtype is DType.FLOAT32]
    editor = Editor(model)
    editor.set_offline_plan(None)
    editor.set_outputs([*graph.outputs, *(tensor for tensor in made if tensor not in graph.outputs)])
    return write_bytes(editor.build())


def not_finite(shown: Outputs) -> Iterator[int]:
    """Yield the numbers of the invocations in which some float output holds an infinity or a NaN."""
    for batch, outputs in enumerate(shown.batches):
        if any(array.dtype.kind == "f" and not np.isfinite(array).all() for array in outputs):
            yield batch
