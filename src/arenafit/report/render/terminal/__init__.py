"""Renders documents for a terminal with rich: one module per document, each with ``render(document, console)``."""
