"""What a pruned model gives once it is quantised: run in the real TFLM, so that a loss holds that of int8, too."""

import numpy as np

from arenafit.accuracy.execution import execute
from arenafit.accuracy.precision import Precision
from arenafit.accuracy.samples import Array, Samples
from arenafit.errors import UnsupportedModelError
from arenafit.ir import Model
from arenafit.quantize.build import build, calibrated, uniform
from arenafit.quantize.preparation import prepare
from arenafit.runtime import Refusal, TflmPool


def int8_outputs(model: Model, samples: Samples, held: Array, runtime: TflmPool) -> tuple[Array, ...]:
    """Return what `model` as int8 gives for the samples `held` (N,) marks, its ranges those of all others.

    Raises:
        UnsupportedModelError: if nothing in it can be quantised, or TFLM refuses the result.
    """
    source = calibrated(prepare(model).model, samples.where(~held))
    made = execute(runtime, build(source, uniform(source, Precision.INT8)).model, samples.where(held))
    if isinstance(made, Refusal):
        raise UnsupportedModelError(f"TFLM does not run the pruned model as int8 ({made.stage.value}): {made.reason}")
    shapes = [model.tensors[tensor].shape for tensor in model.main.outputs]
    count = int(np.count_nonzero(held))
    return tuple(item.reshape(count, *shape[1:]) for item, shape in zip(made.outputs, shapes, strict=True))
