"""Handwritten digits (8 x 8, from scikit-learn): training code for a sweep, all of it.

    pip install 'arenafit[sweep,train]' scikit-learn
    arenafit sweep --train digits:make --space digits:space --data digits:training --validation digits:validation \
        --eval digits:evaluation -o swept --trials 12 --workers 2

`make` gets an architecture, a dict of parameters, and returns a Keras model; arenafit converts, quantises, fits and
measures it. Called with `untrained` it returns the model before training, so that it is priced first.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

Arrays = dict[str, NDArray[np.generic]]
_TRAINING, _VALIDATION = 1100, 1400


def _part(first: int, end: int | None) -> Arrays:
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(1).permutation(len(images))[first:end]
    return {"x": (images[order] / 16).astype(np.float32).reshape(-1, 8, 8, 1), "labels": labels[order]}


def training() -> Arrays:
    """Return what models learn from and are quantised by."""
    return _part(0, _TRAINING)


def validation() -> Arrays:
    """Return what the search judges by."""
    return _part(_TRAINING, _VALIDATION)


def evaluation() -> Arrays:
    """Return what the verdict is on."""
    return _part(_VALIDATION, None)


def space() -> dict[str, Any]:
    """Return what may vary, defaults first."""
    return {
        "filters": [16, 8, 4],
        "layers": [2, 1],
        "kernel": [3, 2],
        "pool": ["max", "stride"],
        "dense": {"low": 0, "high": 32, "step": 16},
        "recipe": ["int8"],
    }


def make(
    architecture: dict[str, Any], *, untrained: bool = False, seed: int = 0, effort: int = 1, rate: float = 1.0
) -> Any:
    """Return a Keras model of the architecture, trained `effort` times as long as in the search."""
    import keras  # noqa: PLC0415 - heavy, and only those who train need it

    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential([keras.Input((8, 8, 1), batch_size=None, name="x")])
    for _ in range(architecture["layers"]):
        stride = 2 if architecture["pool"] == "stride" else 1
        model.add(
            layers.Conv2D(architecture["filters"], architecture["kernel"], stride, padding="same", activation="relu")
        )
        if architecture["pool"] == "max":
            model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    if architecture["dense"]:
        model.add(layers.Dense(architecture["dense"], activation="relu"))
    model.add(layers.Dense(10))
    model.add(layers.Softmax())
    if not untrained:
        data = training()
        model.compile(keras.optimizers.Adam(4e-3 * rate), keras.losses.SparseCategoricalCrossentropy())
        model.fit(data["x"], data["labels"], batch_size=32, epochs=8 * effort, verbose=0)
    return model
