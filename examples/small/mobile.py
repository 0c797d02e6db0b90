"""A tiny image classifier of MobileNet's blocks: strides, SAME padding, depthwise, a residual ADD. Untrained."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from convert import to_float, to_int8

HERE = Path(__file__).parent
SIDE = 48


def _block(value: Any, expanded: int, channels: int, stride: int) -> Any:
    layers = keras.layers
    start = value
    value = layers.Conv2D(expanded, 1, activation="relu6")(value)
    value = layers.DepthwiseConv2D(3, strides=stride, padding="same", activation="relu6")(value)
    value = layers.Conv2D(channels, 1)(value)
    return layers.Add()([start, value]) if stride == 1 and start.shape[-1] == channels else value


def make_mobile(seed: int) -> list[Path]:
    """Write mobile_fp32.tflite and mobile_int8.tflite; weights and calibration images are random."""
    image = keras.Input((SIDE, SIDE, 3), batch_size=1, name="image")
    value = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu6")(image)
    value = _block(value, 24, 8, 1)
    value = _block(value, 24, 12, 2)
    value = _block(value, 36, 12, 1)
    value = _block(value, 36, 16, 2)
    value = keras.layers.GlobalAveragePooling2D()(value)
    model = keras.Model(image, keras.layers.Dense(5, activation="softmax")(value))
    # As training leaves them: biases are not zero.
    rng = np.random.default_rng(seed)
    model.set_weights(
        [w if w.ndim > 1 else rng.normal(0, 0.1, w.shape).astype(np.float32) for w in model.get_weights()]
    )
    images = rng.random((16, 1, SIDE, SIDE, 3), dtype=np.float32)
    paths = [HERE / "mobile_fp32.tflite", HERE / "mobile_int8.tflite"]
    paths[0].write_bytes(to_float(tf.lite.TFLiteConverter.from_keras_model(model)))
    paths[1].write_bytes(to_int8(tf.lite.TFLiteConverter.from_keras_model(model), list(images)))
    return paths
