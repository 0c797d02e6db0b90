"""Sizes that the file only guesses: dimensions that its signature leaves open."""

from collections.abc import Iterator

from arenafit.ir import Model
from arenafit.validity.finding import Finding, Severity


def guesses(model: Model) -> Iterator[Finding]:
    """Yield each input of the model with an open dimension other than the batch."""
    graph = model.main
    for key in graph.inputs:
        tensor = graph.by_id[key]
        signature = tensor.shape_signature or ()
        open_axes = [axis for axis, size in enumerate(signature) if size < 0]
        if not open_axes or (open_axes == [0] and tensor.shape[:1] == (1,)):
            continue
        shown = list(signature)
        clause = (
            f"the input has the open shape {shown}; every size follows from the stored {list(tensor.shape)}, a guess"
        )
        yield Finding(
            Severity.WARN, "guess", "", tensor.name, clause, "convert with the input shape that the firmware uses"
        )
