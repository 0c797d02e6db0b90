"""A streaming detector as wake words use: it keeps past frames in resource variables between invocations. Untrained.

The file holds two subgraphs (CALL_ONCE initialises the variables) and VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

HERE = Path(__file__).parent
FEATURES = 40
HOP = 3  # frames per invocation
WIDTHS = (16, 24)
KERNEL = 5
HISTORY = 8


class Streaming(tf.Module):
    """Two temporal convolutions over ring-less history, a dense layer over the last frames, a probability."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()

        def weights(*shape: int) -> tf.Tensor:
            fan_in = float(np.prod(shape[:-1]))
            return tf.constant(rng.normal(0, fan_in**-0.5, shape).astype(np.float32))

        self.first, self.first_bias = weights(KERNEL, 1, FEATURES, WIDTHS[0]), weights(WIDTHS[0])
        self.second, self.second_bias = weights(KERNEL, 1, WIDTHS[0], WIDTHS[1]), weights(WIDTHS[1])
        self.last, self.last_bias = weights(HISTORY * WIDTHS[1], 1), weights(1)
        self.frames = tf.Variable(tf.zeros((1, KERNEL - 1, 1, FEATURES)), name="frames")
        self.hidden = tf.Variable(tf.zeros((1, KERNEL - 1, 1, WIDTHS[0])), name="hidden")
        self.recent = tf.Variable(tf.zeros((1, HISTORY - HOP, 1, WIDTHS[1])), name="recent")

    def _with_past(self, past: tf.Variable, new: tf.Tensor) -> tf.Tensor:
        joined = tf.concat([past, new], axis=1)
        past.assign(joined[:, HOP:])
        return joined

    @tf.function(input_signature=[tf.TensorSpec((1, HOP, FEATURES), tf.float32, name="features")])
    def detect(self, features: tf.Tensor) -> tf.Tensor:
        """Return the probability, (1, 1), for HOP new frames of features, (1, HOP, FEATURES)."""
        value = self._with_past(self.frames, tf.reshape(features, (1, HOP, 1, FEATURES)))
        value = tf.nn.relu(tf.nn.conv2d(value, self.first, 1, "VALID") + self.first_bias)
        value = self._with_past(self.hidden, value)
        value = tf.nn.relu(tf.nn.conv2d(value, self.second, 1, "VALID") + self.second_bias)
        value = tf.reshape(self._with_past(self.recent, value), (1, HISTORY * WIDTHS[1]))
        return tf.sigmoid(tf.matmul(value, self.last) + self.last_bias)


def make_streaming(seed: int) -> list[Path]:
    """Write streaming_fp32.tflite and streaming_int8.tflite."""
    rng = np.random.default_rng(seed)
    module = Streaming(rng)
    samples = rng.random((32, 1, HOP, FEATURES), dtype=np.float32)
    paths = [HERE / "streaming_fp32.tflite", HERE / "streaming_int8.tflite"]
    for path in paths:
        function = module.detect.get_concrete_function()
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function], module)
        converter.experimental_enable_resource_variables = True
        if path.name.endswith("int8.tflite"):
            _ask_for_int8(converter, samples)
        path.write_bytes(converter.convert())
    return paths


def _ask_for_int8(converter: tf.lite.TFLiteConverter, samples: NDArray[np.float32]) -> None:
    def representative() -> Iterator[list[NDArray[np.float32]]]:
        yield from ([sample] for sample in samples)

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    # Variables are quantised only on request.
    converter._experimental_variable_quantization = True  # noqa: SLF001
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
