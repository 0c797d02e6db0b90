"""Shares as a user writes them: ``1%`` or ``0.01``."""

from arenafit.errors import ArenafitError


def share(text: str) -> float:
    """Return the share that `text` states.

    Raises:
        ArenafitError: if it is none.
    """
    number = text.strip()
    try:
        value = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        raise ArenafitError(f"'{text}' is no loss: write a share like 1% or 0.01")
    return value
