"""Writes into a fitted model what it is: see `validity.provenance`."""

import hashlib
import json
from dataclasses import asdict, replace
from enum import Enum

from arenafit._version import __version__
from arenafit.fit.settings import Settings
from arenafit.ir import Model
from arenafit.validity.provenance import METADATA, Provenance
from arenafit.validity.release import needs

# `Target.name` of a target whose kernel library was exchanged (targets.choice).
_WITH = " with "


def stamped(model: Model, source: bytes, settings: Settings) -> Model:
    """Return `model`, made of the file `source`, with metadata that say so; an entry of an earlier fit goes."""
    needed = needs(model)
    target, _, kernels = settings.target.name.partition(_WITH)
    made = Provenance(
        version=__version__,
        source_sha256=hashlib.sha256(source).hexdigest(),
        target=target,
        board=settings.board,
        kernels=kernels or None,
        needs_tflm=needed[0].month if needed else None,
        options=_options(settings),
    )
    raw = json.dumps(asdict(made), separators=(",", ":")).encode()
    others = tuple(entry for entry in model.metadata if entry[0] != METADATA)
    return replace(model, metadata=(*others, (METADATA, raw)))


def _options(settings: Settings) -> dict[str, str]:
    usual = Settings(target=settings.target)
    names = (
        "validity",
        "ram_bytes",
        "max_slowdown",
        "effort",
        "seconds",
        "seed",
        "keep_inputs",
        "loops",
        "exact",
        "only_these_kernels",
    )
    found = {name: getattr(settings, name) for name in names if getattr(settings, name) != getattr(usual, name)}
    if settings.feed is not None:
        found["feed"] = "rows" if settings.feed.name is None else f"rows:{settings.feed.name}"
    if settings.older is not None:
        found["tflm"] = settings.older.version
    return {name: str(value.value if isinstance(value, Enum) else value) for name, value in found.items()}
