"""Reads and writes `.tflite` files; the only room that knows the flatbuffer format and its indices."""

from arenafit.outputs import check_output, save_bytes
from arenafit.tflite.associated import with_associated_files
from arenafit.tflite.files import read_bytes, read_file, read_model, save_model
from arenafit.tflite.metadata import offline_plan_problem
from arenafit.tflite.options import make_options
from arenafit.tflite.writer import write_bytes

__all__ = [
    "check_output",
    "make_options",
    "offline_plan_problem",
    "read_bytes",
    "read_file",
    "read_model",
    "save_bytes",
    "save_model",
    "with_associated_files",
    "write_bytes",
]
