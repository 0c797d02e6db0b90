"""The command line: one module per verb, found by walking this directory.

A verb is a module whose name is the verb (``_`` becomes ``-``) with a typed function ``run``: its parameters are the
options, its docstring the help. Helpers start with ``_``. Errors become exit codes in `_exit.py` and nowhere else.
"""

from arenafit.cli._app import build_app, main

__all__ = ["build_app", "main"]
