"""Trains the spectrogram example and writes its models and data beside this file (needs the extra `train`).

The architecture is the one of tflite-micro issue 2513: 81,507 parameters whose first convolution alone writes 1.4 MB.
Everything is seeded; the same versions on the same kind of machine give the same files.

    pip install 'arenafit[train]'
    python examples/spectrogram/train.py
"""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from task import BINS, CLASSES, FRAMES, dataset

HERE = Path(__file__).parent
SEED = 2513
TRAIN, VALIDATION, CALIBRATION, EVALUATION = (SEED, 6000), (SEED + 1, 900), (SEED + 2, 128), (SEED + 3, 900)


def architecture() -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((FRAMES, BINS, 1), name="spectrogram"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(4),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(4),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(len(CLASSES)),
            layers.Softmax(),
        ],
        name="calls",
    )


def train() -> keras.Model:
    model = architecture()
    inputs, labels = dataset(*TRAIN)
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    best = keras.callbacks.EarlyStopping("val_loss", patience=5, restore_best_weights=True, verbose=1)
    model.fit(
        inputs, labels, batch_size=64, epochs=30, validation_data=dataset(*VALIDATION), callbacks=[best], verbose=2
    )
    return model


def convert(model: keras.Model, calibration: NDArray[np.float32] | None) -> bytes:
    """Return the flatbuffer: float32 without calibration data, full int8 (int8 at the boundary too) with it."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if calibration is not None:

        def representative() -> Iterator[list[NDArray[np.float32]]]:
            yield from ([item[None]] for item in calibration)

        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = representative
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def main() -> None:
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    model = train()
    model.summary()
    for name, (seed, count) in {"calibration": CALIBRATION, "evaluation": EVALUATION}.items():
        inputs, labels = dataset(seed, count)
        np.savez_compressed(HERE / f"{name}.npz", spectrogram=inputs, labels=labels.astype(np.uint8))
    calibration, _ = dataset(*CALIBRATION)
    (HERE / "spectrogram_fp32.tflite").write_bytes(convert(model, None))
    (HERE / "spectrogram_int8_tensorflow.tflite").write_bytes(convert(model, calibration))


if __name__ == "__main__":
    main()
