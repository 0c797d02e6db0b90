"""Structural changes of a model: what other architectures would take of the arena, told before one is trained."""
