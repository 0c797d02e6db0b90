"""The mark of a model whose weights are of no use yet: metadata in the file, so that nobody ships one by mistake."""

from collections.abc import Sequence
from dataclasses import replace

from arenafit.ir import Model

UNTRAINED_METADATA = "arenafit.untrained"


def marked_untrained(model: Model, settings: Sequence[str]) -> Model:
    """Return the model with metadata that say it is untrained, and which changes made it."""
    others = tuple(entry for entry in model.metadata if entry[0] != UNTRAINED_METADATA)
    return replace(model, metadata=(*others, (UNTRAINED_METADATA, "\n".join(settings).encode())))


def untrained_changes(model: Model) -> tuple[str, ...] | None:
    """Return the changes that made an untrained model, None for one that is not marked."""
    raw = dict(model.metadata).get(UNTRAINED_METADATA)
    return None if raw is None else tuple(raw.rstrip(b"\0").decode(errors="replace").splitlines())
