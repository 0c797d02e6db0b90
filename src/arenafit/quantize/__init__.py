"""Quantises float models for TFLM and tells what it costs, in memory and in accuracy."""

from arenafit.accuracy.binding import load_calibration, load_evaluation
from arenafit.accuracy.samples import Samples
from arenafit.quantize.build import Style
from arenafit.quantize.io import Boundary, boundaries, strip_io
from arenafit.quantize.preparation import Prepared, prepare
from arenafit.quantize.recipes import Quantised, QuantizeRecipe, Request, quantize

__all__ = [
    "Boundary",
    "Prepared",
    "Quantised",
    "QuantizeRecipe",
    "Request",
    "Samples",
    "Style",
    "boundaries",
    "load_calibration",
    "load_evaluation",
    "prepare",
    "quantize",
    "strip_io",
]
