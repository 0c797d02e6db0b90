"""What a search tells while it runs."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a search stands."""

    seconds: float
    candidates: int
    best_bytes: int
    doing: str


ProgressCallback = Callable[[Progress], None]
