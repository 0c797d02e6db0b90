"""Quantises float models for TFLM and tells what it costs, in memory and in accuracy."""

from arenafit.quantize.binding import load_calibration, load_evaluation
from arenafit.quantize.build import Style, check_quantisable
from arenafit.quantize.io import Boundary, boundaries, strip_io
from arenafit.quantize.recipes import Quantised, Recipe, Request, quantize
from arenafit.quantize.samples import Samples

__all__ = [
    "Boundary",
    "Quantised",
    "Recipe",
    "Request",
    "Samples",
    "Style",
    "boundaries",
    "check_quantisable",
    "load_calibration",
    "load_evaluation",
    "quantize",
    "strip_io",
]
