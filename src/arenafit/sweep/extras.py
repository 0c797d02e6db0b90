"""Optuna, imported where it is used: what to say where it is missing."""

import logging
import warnings
from typing import Any

from arenafit.errors import RuntimeUnavailableError


def optuna() -> Any:
    """Return the module, its log lines and notes of what is experimental turned off.

    Raises:
        RuntimeUnavailableError: if it is not installed.
    """
    try:
        import optuna as found  # noqa: PLC0415 - an extra, and heavy
    except ImportError as error:
        raise RuntimeUnavailableError(f"sweeps need Optuna ({error}): pip install 'arenafit[sweep]'") from error
    found.logging.set_verbosity(logging.ERROR)
    warnings.filterwarnings("ignore", category=found.exceptions.ExperimentalWarning)
    warnings.filterwarnings("ignore", message="Heartbeat of storage is supposed")
    return found
