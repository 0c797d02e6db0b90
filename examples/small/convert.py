"""Runs the TensorFlow converter the two ways the small examples need."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


def to_float(converter: Any) -> bytes:
    """Return the float32 flatbuffer."""
    return bytes(converter.convert())


def to_int8(converter: Any, samples: Sequence[NDArray[np.float32]]) -> bytes:
    """Return the full-int8 flatbuffer, calibrated on `samples` (each with its batch dimension)."""

    def representative() -> Iterator[list[NDArray[np.float32]]]:
        yield from ([sample] for sample in samples)

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())
