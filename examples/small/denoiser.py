"""A regression with a wide dynamic range: echoes of very different strength, cleaned of a small noise. Trained.

The strongest echoes are four hundred times the noise. A tensor of 8 bits that must hold the strongest cannot show the
noise at all, so int8 ruins this model; the inner layers saturate (RELU6) and bear 8 bits well. Choosing per operator
is what `arenafit quantize --recipe mixed` is for.
"""

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from convert import to_float
from numpy.typing import NDArray

HERE = Path(__file__).parent
LENGTH = 256
NOISE = 0.05
FULL_SCALE = 20.0  # of the receiver: what it delivers saturates there


def echoes(seed: int, count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (noisy, clean) signals, each (count, LENGTH, 1, 1)."""
    rng = np.random.default_rng(seed)
    time = np.arange(LENGTH)
    clean = np.zeros((count, LENGTH))
    for row in range(count):
        for _ in range(int(rng.integers(2, 7))):
            strength = np.exp(rng.normal(-0.5, 1.4))  # log-normal: a few strong ones, many weak
            centre, width = rng.uniform(0, LENGTH), rng.uniform(4, 10)
            phase = 2 * np.pi * ((time - centre) / rng.uniform(12, 20) + rng.random())
            clean[row] += strength * np.exp(-0.5 * ((time - centre) / width) ** 2) * np.cos(phase)
    noisy = clean + rng.normal(0, NOISE, clean.shape)
    noisy, clean = (np.clip(item, -FULL_SCALE, FULL_SCALE).astype(np.float32) for item in (noisy, clean))
    return noisy[:, :, None, None], clean[:, :, None, None]


def make_denoiser(seed: int) -> list[Path]:
    """Write denoiser_fp32.tflite, denoiser_calibration.npz and denoiser_evaluation.npz (`signal`, `target`)."""
    layers = keras.layers
    signal = keras.Input((LENGTH, 1, 1), batch_size=None, name="signal")
    value = layers.Conv2D(24, (9, 1), padding="same", activation="relu6")(signal)
    value = layers.Conv2D(24, (9, 1), padding="same", activation="relu6")(value)
    value = layers.Conv2D(24, (9, 1), padding="same", activation="relu6")(value)
    value = layers.Conv2D(1, (9, 1), padding="same")(value)
    model = keras.Model(signal, layers.Add()([signal, value]))
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, 60 * 94)), "mse")
    model.fit(*echoes(seed, 3000), batch_size=32, epochs=60, validation_data=echoes(seed + 1, 300), verbose=2)
    data = {"calibration": echoes(seed + 2, 128), "evaluation": echoes(seed + 3, 200)}
    paths = [HERE / "denoiser_fp32.tflite"]
    paths[0].write_bytes(to_float(tf.lite.TFLiteConverter.from_keras_model(model)))
    for name, (noisy, clean) in data.items():
        paths.append(HERE / f"denoiser_{name}.npz")
        np.savez_compressed(paths[-1], signal=noisy, target=clean)
    return paths
