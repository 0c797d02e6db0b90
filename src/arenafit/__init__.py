"""arenafit: fits TensorFlow Lite Micro models into the memory of microcontrollers."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from arenafit._version import __version__

if TYPE_CHECKING:
    from arenafit.api import compare_model, fit_model, inspect_model, measure_model

__all__ = ["__version__", "compare_model", "fit_model", "inspect_model", "measure_model"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: `import arenafit` alone stays light.
    if name in __all__:
        return getattr(import_module("arenafit.api"), name)
    raise AttributeError(f"module 'arenafit' has no attribute '{name}'")
