"""The terminal that verbs write to."""

import os
import sys

from rich.console import Console

WIDTH_WHEN_PIPED = 120


def console() -> Console:
    """Return a console on stdout: as wide as the terminal (or COLUMNS), 120 columns when piped; NO_COLOR is obeyed."""
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=WIDTH_WHEN_PIPED if piped else None, highlight=False)


def error_console() -> Console:
    """Return a console on stderr, for progress that must not mix with results."""
    return Console(stderr=True, highlight=False)
