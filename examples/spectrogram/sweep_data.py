"""The samples of the sweep example: made by the task's script, so that thousands need no file.

arenafit sweep spectrogram_fp32.tflite --data sweep_data:training --validation sweep_data:validation \
        --eval evaluation.npz -o swept --workers 2 --cpu-time 15m
"""

import numpy as np
from numpy.typing import NDArray
from task import dataset

# The seeds of `train.py`: a part of what the model was trained on, and what its training was stopped by.
TRAINING, VALIDATION = (2513, 2400), (2514, 900)


def training() -> dict[str, NDArray[np.generic]]:
    """Return samples to learn from, with labels."""
    return _named(*TRAINING)


def validation() -> dict[str, NDArray[np.generic]]:
    """Return samples that the search judges by."""
    return _named(*VALIDATION)


def _named(seed: int, count: int) -> dict[str, NDArray[np.generic]]:
    inputs, labels = dataset(seed, count)
    return {"spectrogram": inputs, "labels": labels}
