"""arenafit: fits TensorFlow Lite Micro models into the memory of microcontrollers."""

__version__ = "0.1.0"
