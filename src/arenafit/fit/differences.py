"""How what two models compute differs, in one line."""

from collections.abc import Collection

from arenafit.runtime import Outputs, Refusal
from arenafit.runtime.compare import first_difference


def difference_of(before: Outputs, after: Outputs | Refusal, where: str, spared: Collection[int]) -> str | None:
    """Return in one line how what a runtime computes differs, inputs that are `spared` aside; None if it does not."""
    if isinstance(after, Refusal):
        return f"{where} refuses it: {short(after.reason)}"
    found = first_difference(before, after, spared)
    return None if found is None else str(found)


def are_same(before: Outputs, after: Outputs | Refusal, batch: int) -> bool:
    """Whether both models computed the same for an input."""
    return isinstance(after, Outputs) and all(
        one.tobytes() == other.tobytes() for one, other in zip(before.batches[batch], after.batches[batch], strict=True)
    )


def short(text: str) -> str:
    """Return a text of at most 120 characters."""
    return text if len(text) <= 120 else f"{text[:117]}..."
