"""`TensorDetails` from what an interpreter says, and over the wire."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from arenafit.runtime.types import TensorDetails

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def from_interpreter(name: str, entry: dict[str, Any]) -> TensorDetails:
    """Return the details in one entry of an interpreter's list of inputs or outputs (TFLM and LiteRT agree)."""
    quantization = entry["quantization_parameters"]
    return TensorDetails(
        name,
        tuple(int(size) for size in entry["shape"]),
        np.dtype(entry["dtype"]).name,
        tuple(float(scale) for scale in quantization["scales"]),
        tuple(int(zero_point) for zero_point in quantization["zero_points"]),
        int(quantization["quantized_dimension"]),
    )


def to_json(details: Sequence[TensorDetails]) -> list[dict[str, Any]]:
    """Return what `from_json` reads."""
    return [asdict(tensor) for tensor in details]


def from_json(entries: Iterable[dict[str, Any]]) -> tuple[TensorDetails, ...]:
    """Return the details `to_json` wrote."""
    return tuple(
        TensorDetails(
            entry["name"],
            tuple(entry["shape"]),
            entry["dtype"],
            tuple(entry["scales"]),
            tuple(entry["zero_points"]),
            entry["quantized_dimension"],
        )
        for entry in entries
    )
