"""Straight-line streaming: one clone of each operator a trip, no loop."""
