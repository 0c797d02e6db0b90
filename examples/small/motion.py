"""Two inputs, two outputs: acceleration and rotation in, a class of motion and an angle out. Untrained."""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from convert import to_float

HERE = Path(__file__).parent


def make_motion(seed: int) -> list[Path]:
    """Write motion_fp32.tflite and motion_calibration.npz (arrays named as the model's inputs)."""
    acceleration = keras.Input((3,), batch_size=1, name="acceleration")
    rotation = keras.Input((3,), batch_size=1, name="rotation")
    value = keras.layers.Concatenate()([acceleration, rotation])
    value = keras.layers.Dense(16, activation="relu")(value)
    value = keras.layers.Dense(16, activation="relu")(value)
    kind = keras.layers.Dense(4, activation="softmax", name="kind")(value)
    angle = keras.layers.Dense(1, name="angle")(value)
    model = keras.Model([acceleration, rotation], {"kind": kind, "angle": angle})
    paths = [HERE / "motion_fp32.tflite", HERE / "motion_calibration.npz"]
    paths[0].write_bytes(to_float(tf.lite.TFLiteConverter.from_keras_model(model)))
    rng = np.random.default_rng(seed)
    arrays = {
        name: rng.normal(0, scale, (64, 3)).astype(np.float32)
        for name, scale in (("acceleration", 9.81), ("rotation", 2.0))
    }
    np.savez_compressed(paths[1], **arrays)
    return paths
