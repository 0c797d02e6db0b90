"""How what two models compute differs, in one line."""

from collections.abc import Collection

from arenafit.runtime import Outputs, Refusal
from arenafit.runtime.compare import first_difference
from arenafit.runtime.log import SENTENCES, whole_words

_SHORT = 120


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


def short(reason: str) -> str:
    """Return of a runtime's reason the sentences that go into 120 characters, the first whole words if none does.

    What is left out is told by three dots: nobody shall read half a sentence as a whole one.
    """
    if len(reason) <= _SHORT:
        return reason
    sentences = reason.split(SENTENCES)
    kept = sentences[0]
    for sentence in sentences[1:]:
        if len(longer := f"{kept}{SENTENCES}{sentence}") > _SHORT:
            break
        kept = longer
    return f"{whole_words(kept, _SHORT)} ..."
